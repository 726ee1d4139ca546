/** One connection that sends requests. */
export interface Requester {
  request(type: string, data: unknown): Promise<unknown>;
  close(): Promise<unknown>;
}
