// An authenticator application (RFC 6238: SHA-1, 30 seconds, 6 digits).
import { createHmac } from 'node:crypto'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

function bytes(secret) {
  const bits = [...secret.replace(/=+$/, '')].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('')
  return Buffer.from(bits.match(/.{8}/g).map((octet) => Number.parseInt(octet, 2)))
}

/** The code of a secret in a step of 30 seconds, the current one without a shift. */
export function totp(secret, shift = 0) {
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + shift))
  const hash = createHmac('sha1', bytes(secret)).update(step).digest()
  const at = hash[19] & 15
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}
