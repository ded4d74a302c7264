declare module 'fs-native-extensions' {
  const native: {
    /** Takes an advisory lock on an open file, alone or `shared`; false where another open file has one that excludes it. */
    tryLock(fd: number, options?: { readonly shared: boolean }): boolean;
    unlock(fd: number): void;
  };
  export = native;
}
