/** Which topics a subscription is for: `*` stands for one token, a last `>` for one or more. */
export function topicMatches(pattern: string, topic: string): boolean {
  const wanted = pattern.split('.');
  const tokens = topic.split('.');
  for (const [i, token] of wanted.entries()) {
    if (token === '>') return tokens.length > i;
    if (tokens[i] === undefined || (token !== '*' && token !== tokens[i])) return false;
  }
  return tokens.length === wanted.length;
}
