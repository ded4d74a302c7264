/** The public half of a signing key. */
export interface PublicKey {
  /** `ssh-ed25519`, `ssh-rsa`, `ecdsa-sha2-nistp256`, `ecdsa-sha2-nistp384` or `ecdsa-sha2-nistp521`. */
  readonly type: string;
  /** The key blob in base64, as in an authorized_keys line. */
  readonly blob: string;
  /** `SHA256:` and the unpadded base64 SHA-256 of the blob, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
}
