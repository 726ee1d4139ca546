/** Why a listener could not be opened: the address is taken, not one of this machine, not allowed, or unknown. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  /** The system's code, such as `EADDRINUSE`, where it could be found out. */
  readonly code: string | undefined;

  constructor(host: string, port: number, code: string | undefined) {
    super(`cannot listen on ${host}:${port}: ${(code && reasons[code]) ?? code ?? 'the system refused'}`);
    this.code = code;
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is taken',
  EADDRNOTAVAIL: 'the host is not an address of this machine',
  EACCES: 'not allowed to use this port',
  ENOTFOUND: 'the host is unknown',
  EAI_AGAIN: 'the host is unknown',
};
