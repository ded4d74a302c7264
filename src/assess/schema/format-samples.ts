/** For each well-known format a text that has it, under any reading of the format. */

const SAMPLES: Readonly<Record<string, string>> = {
  'date-time': '2020-01-02T03:04:05Z',
  date: '2020-01-02',
  time: '03:04:05Z',
  duration: 'P1D',
  email: 'someone@example.com',
  'idn-email': 'someone@example.com',
  hostname: 'example.com',
  'idn-hostname': 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/a',
  url: 'https://example.com/a',
  'uri-reference': 'https://example.com/a',
  iri: 'https://example.com/a',
  'iri-reference': 'https://example.com/a',
  'uri-template': 'https://example.com/a',
  uuid: '12345678-1234-4234-8234-123456789abc',
  'json-pointer': '/a',
  'relative-json-pointer': '0/a',
  regex: 'a',
};

/** A text that has the format for certain; undefined where none is known. */
export function formatSample(format: string): string | undefined {
  return Object.hasOwn(SAMPLES, format) ? SAMPLES[format] : undefined;
}
