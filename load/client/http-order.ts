/** What the HTTP client process is asked to do; it answers with a `LoadResult`. */

export interface HttpOrder {
  readonly port: number;
  /** Whose CPU time is read. */
  readonly serverPid: number;
  readonly connections: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
}
