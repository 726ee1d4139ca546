/** A server cannot be measured here, because the program it is made of is not installed: nobody's fault. */
export class MissingProgram extends Error {
  /** @param program also the name of its Debian package */
  constructor(program: string) {
    super(`not measured: ${program} is not installed (Debian package ${program})`);
  }
}
