/** Whether a pattern covers a topic, token by token: the oracle of whatever does it faster. */
export function covers(pattern: string, topic: string): boolean {
  const wanted = pattern.split('.');
  const tokens = topic.split('.');
  if (tokens[0]?.startsWith('_') === true && (wanted[0] === '*' || wanted[0] === '>')) return false;
  for (const [i, token] of wanted.entries()) {
    if (token === '>' && i === wanted.length - 1) return tokens.length > i;
    if (i >= tokens.length) return false;
    if (token !== '*' && token !== tokens[i]) return false;
  }
  return tokens.length === wanted.length;
}
