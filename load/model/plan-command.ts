/** `sluice plan`: reads the arguments, answers in text or JSON, and knows the exit code. */

import { plan } from './plan.js';
import { type PlanArguments, parsePlanArguments, planUsage } from './plan-options.js';
import { planText } from './plan-text.js';

/** Exit codes: answered, the target cannot be met, the arguments are wrong. */
const exits = { answered: 0, unreachable: 1, misused: 2 } as const;

/**
 * @param args the words behind `plan`
 * @param out takes the answer, `err` what went wrong; both whole, with their line break
 * @returns 0; 1 when no number of slots meets the target; 2 when the arguments are wrong
 */
export function runPlan(args: readonly string[], out: (text: string) => void, err: (text: string) => void): number {
  try {
    return answer(parsePlanArguments(args), out, err);
  } catch (error) {
    err(`${error instanceof Error ? error.message : String(error)}\n\n${planUsage}`);
    return exits.misused;
  }
}

function answer(
  { isHelp, isJson, options }: PlanArguments,
  out: (text: string) => void,
  err: (text: string) => void,
): number {
  if (isHelp || options === undefined) {
    out(planUsage);
    return exits.answered;
  }
  const found = plan(options);
  if (isJson) out(`${JSON.stringify({ options, ...found }, undefined, 2)}\n`);
  else if (found.kind === 'plan') out(planText(found, options));
  else err(`${found.reason}\n`);
  return found.kind === 'plan' ? exits.answered : exits.unreachable;
}
