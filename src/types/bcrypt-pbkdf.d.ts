/** The one function of `bcrypt-pbkdf` that the project calls; the package brings no types of its own. */
declare module 'bcrypt-pbkdf' {
  const bcrypt: {
    /** Fills `key` and returns 0, or returns -1 where a parameter is out of range. Synchronous. */
    pbkdf(
      pass: Uint8Array,
      passLength: number,
      salt: Uint8Array,
      saltLength: number,
      key: Uint8Array,
      keyLength: number,
      rounds: number,
    ): number;
  };
  export = bcrypt;
}
