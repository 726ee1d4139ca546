/**
 * Which versions of Node the gateway runs on: those its socket library has a binary for. This file is read by
 * whatever Node is there, so it keeps to syntax of ES2017 and imports nothing.
 */

/**
 * The range is that of `engines` in package.json: `>=20.19 <21 || >=22 <23`.
 * @param version as in `process.versions.node`
 * @returns undefined on a supported version, else one sentence that says what is wrong and what to do
 */
export function unsupportedNode(version: string): string | undefined {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  if ((major === 20 && minor >= 19) || major === 22) return undefined;
  return `sluice: expected Node 22, or 20 from 20.19 on, got Node ${version}; install one of these to run it.`;
}
