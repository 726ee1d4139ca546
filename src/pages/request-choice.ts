/** What the headers of a request for a page choose: which form of it, and whether it is sent at all. */

const zero = /^q=0(?:\.0{0,3})?$/;

/**
 * Whether an `Accept-Encoding` takes gzip (RFC 9110 section 12.5.3). How much it likes it more than others is not
 * looked at: there is nothing else to choose but the plain bytes.
 */
export function acceptsGzip(acceptEncoding: string): boolean {
  let acceptsAny = false;
  for (const choice of acceptEncoding.toLowerCase().split(',')) {
    const [coding, ...parameters] = choice.split(';').map((part) => part.trim());
    const isAccepted = !parameters.some((parameter) => zero.test(parameter));
    if (coding === 'gzip' || coding === 'x-gzip') return isAccepted;
    if (coding === '*') acceptsAny = isAccepted;
  }
  return acceptsAny;
}

/** Whether an `If-None-Match` has the tag, compared weakly as RFC 9110 section 13.1.2 asks for. */
export function hasTag(ifNoneMatch: string, tag: string): boolean {
  if (ifNoneMatch === '') return false;
  return ifNoneMatch.split(',').some((part) => {
    const given = part.trim();
    return given === '*' || given === tag || given === `W/${tag}`;
  });
}
