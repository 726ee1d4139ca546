/** What an answer of the plan rests on, in sentences for whoever acts on it. */
import type { ServiceTime } from './service-time.js';

const serviceSentences: Readonly<Record<ServiceTime['name'], string>> = {
  constant: 'Every event takes the same time; the mean wait is that of M/D/c by Cosmetatos.',
  'constant plus exponential':
    'Service times are a constant part and an exponential rest; the mean wait is between M/D/c and M/M/c, by Kimura.',
  exponential: 'Service times are exponential; all figures are exact for M/M/c.',
  hyperexponential:
    'Service times are hyperexponential, with balanced means; the wait is by Allen and Cunneen, its tail by Takahashi.',
};

/** Of one kind of service time. */
export function assumptionsOf({ name }: ServiceTime): readonly string[] {
  const sentences = [
    'Events arrive as a Poisson process of constant rate, independently of each other and of what was answered.',
    'They are served in the order of arrival: no priorities, no ordering keys, no batches, no retries.',
    serviceSentences[name],
    'Service times depend neither on each other nor on how many slots are busy: handlers wait and do not compute.',
    'Latency is the wait and the service: the distribution of their sum, not the sum of two percentiles.',
    'The network, the codec and the event loop take no time.',
  ];
  if (name === 'exponential') return sentences;
  return [...sentences, 'The wait of those that have to is taken as exponential, which holds best under heavy load.'];
}
