/** Makes a key of 128 random bits. Not by `crypto.randomUUID`, which is missing on plain-http intranets. */
export function createIdempotencyKey(): string {
  return [].join.call(crypto.getRandomValues(new Uint32Array(4)), '-')
}
