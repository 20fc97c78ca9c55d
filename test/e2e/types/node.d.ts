// As much of Node as the typed queries use.
declare module 'node:assert/strict' {
  const assert: { equal(got: unknown, want: unknown): void; deepEqual(got: unknown, want: unknown): void }
  export default assert
}
