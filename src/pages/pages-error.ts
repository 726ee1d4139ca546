/** Why the files of the configured folders cannot be served: something the operator can put right. */
export class PagesError extends Error {
  override readonly name = 'PagesError';

  /** @param problem what was expected, what was got */
  constructor(problem: string) {
    super(`pages: ${problem}`);
  }
}
