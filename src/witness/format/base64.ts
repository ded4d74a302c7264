/** Base64 of RFC 4648, section 4, in the one way to write it: another spelling would be another text with the same signature. */

/** Null where the text is not exactly what the encoding of its bytes gives. */
export function parseBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}
