import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Malformed,
  SshReader,
  sshArmour,
  sshMpint,
  sshString,
  sshUint32,
  strictBase64,
} from '../../src/signing/wire.js';

const hex = (text: string) => Buffer.from(text, 'hex');

describe('mpint', () => {
  // The examples of RFC 4251, section 5.
  it.each([
    ['00000000', ''],
    ['0000000809a378f9b2e332a7', '09a378f9b2e332a7'],
    ['000000020080', '80'],
  ])('%s is the number %s', (encoded, magnitude) => {
    expect(new SshReader(hex(encoded), 'x').mpint('n')).toEqual(hex(magnitude));
    expect(sshMpint(hex(magnitude))).toEqual(hex(encoded));
    expect(sshMpint(hex(`0000${magnitude}`))).toEqual(hex(encoded));
  });

  it.each([
    ['a negative number', '00000002edcc'],
    ['a superfluous zero byte', '000000020001'],
    ['a zero written as one byte', '0000000100'],
    ['two zero bytes before the sign bit', '00000003000080'],
  ])('refuses %s', (_, encoded) => {
    expect(() => new SshReader(hex(encoded), 'x').mpint('n')).toThrow(Malformed);
  });

  it('has one encoding for each number', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        try {
          expect(sshMpint(new SshReader(sshString(bytes), 'x').mpint('n'))).toEqual(sshString(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(Malformed);
        }
      }),
    );
  });
});

describe('reader', () => {
  it('reads back what was written, and only up to the end', () => {
    const reader = new SshReader(Buffer.concat([sshUint32(7), sshString('ä'), sshString('b')]), 'x');
    expect(reader.uint32('n')).toBe(7);
    expect(reader.string('s').toString()).toBe('ä');
    expect(() => reader.end()).toThrow('x: expected the end, got 5 more bytes');
    expect(reader.name('b')).toBe('b');
    reader.end();
    expect(() => reader.uint32('n')).toThrow('x: expected 4 more bytes for the n, got 0');
  });

  it('refuses a length beyond the end, however large', () => {
    expect(() => new SshReader(hex('ffffffff00'), 'x').string('s')).toThrow('expected 4294967295 more bytes');
  });

  it('refuses names with anything but printable ASCII', () => {
    for (const name of ['git\0', 'gi\nt', 'gït']) {
      expect(() => new SshReader(sshString(name), 'x').name('namespace')).toThrow(Malformed);
    }
  });
});

describe('text forms', () => {
  it.each(['QQ', 'QQ=', 'QR==', 'QQ==\n', ' QQ==', 'Q-==', 'QQ==QQ=='])('refuses the base64 %j', (text) => {
    expect(() => strictBase64(text, 'x')).toThrow(Malformed);
  });

  it('breaks lines after 70 columns and leaves no empty line where the last one is full', () => {
    // 105 bytes are 140 columns.
    expect(sshArmour('X', Buffer.alloc(105)).split('\n')).toEqual([
      '-----BEGIN X-----',
      'A'.repeat(70),
      'A'.repeat(70),
      '-----END X-----',
      '',
    ]);
  });
});
