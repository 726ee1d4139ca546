/** Opens many connections, a bounded number at a time so that no accept queue overflows. */

const atOnce = 128;

/** Resolves when all are open. @throws the first failure */
export async function openAll(connections: readonly { open(): Promise<void> }[]): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (;;) {
      const connection = connections[next];
      next += 1;
      if (connection === undefined) return;
      await connection.open();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
