import { describe, expect, it } from 'vitest';
import { pipelineFigures } from '../../../load/bench/pipeline-sampler.js';

describe('the figures of a pipeline', () => {
  const text = [
    '# HELP sluice_pipeline_slots Slots there are.',
    'sluice_pipeline_slots{pipeline="orders"} 3',
    'sluice_pipeline_slots{pipeline="default"} 42',
    'sluice_pipeline_waiting{pipeline="default"} 7',
  ].join('\n');

  it('are those of the default one', () => {
    expect(pipelineFigures(text)).toEqual({ slots: 42, waiting: 7 });
  });

  it('are asked for in vain where there is none', () => {
    expect(() => pipelineFigures('sluice_pipeline_slots{pipeline="orders"} 3')).toThrow('sluice_pipeline_slots');
  });
});
