declare module 'fs-native-extensions' {
  const native: {
    /** Takes an exclusive advisory lock on an open file; false where another open file has it. */
    tryLock(fd: number): boolean;
    unlock(fd: number): void;
  };
  export = native;
}
