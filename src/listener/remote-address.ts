/** The text of an IP address as the library gives it: 4 bytes, or 16. */

/** `192.0.2.7`, `2001:db8::1`; an IPv4 address inside an IPv6 one is given as IPv4. Empty when there is none. */
export function remoteAddress(buffer: ArrayBuffer): string {
  const bytes = new Uint8Array(buffer);
  if (bytes.length === 4) return dotted(bytes, 0);
  if (bytes.length !== 16) return '';
  return holdsIpv4(bytes) ? dotted(bytes, 12) : compressed(bytes);
}

function dotted(bytes: Uint8Array, start: number): string {
  return `${bytes[start]}.${bytes[start + 1]}.${bytes[start + 2]}.${bytes[start + 3]}`;
}

/** `::ffff:a.b.c.d`, RFC 4291 section 2.5.5.2. */
function holdsIpv4(bytes: Uint8Array): boolean {
  for (let i = 0; i < 10; i += 1) if (bytes[i] !== 0) return false;
  return bytes[10] === 0xff && bytes[11] === 0xff;
}

/** RFC 5952: lower case, and the first longest run of two or more zero groups as `::`. */
function compressed(bytes: Uint8Array): string {
  const groups: string[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((((bytes[i] as number) << 8) | (bytes[i + 1] as number)).toString(16));
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i += 1) {
    let end = i;
    while (groups[end] === '0') end += 1;
    if (end - i > length) {
      start = i;
      length = end - i;
    }
  }
  if (start === -1) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}
