import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { proves } from './methods.mjs'
import { member, ok, refused } from './people.mjs'
import { totp } from './totp.mjs'

/** Second factors: authenticator applications. */
export function factors(shop) {
  describe('factors', () => {
    proves('raises a session with a second factor, and takes it away again', [
      'mfa.enroll', 'mfa.challenge', 'mfa.verify', 'mfa.listFactors', 'mfa.getAuthenticatorAssuranceLevel', 'mfa.unenroll',
    ], async () => {
      const { auth } = await member(shop)
      const factor = await ok(auth.mfa.enroll({ factorType: 'totp', friendlyName: 'phone' }))
      assert.match(factor.totp.qr_code, /^data:image\/svg\+xml;utf-8,<(\?xml|svg)/)
      assert.match(factor.totp.uri, /^otpauth:\/\/totp\//)
      const challenge = await ok(auth.mfa.challenge({ factorId: factor.id }))
      await refused(auth.mfa.verify({ factorId: factor.id, challengeId: challenge.id, code: '000000' }), 422, 'mfa_verification_failed')
      const code = totp(factor.totp.secret)
      await ok(auth.mfa.verify({ factorId: factor.id, challengeId: challenge.id, code }))
      const level = await ok(auth.mfa.getAuthenticatorAssuranceLevel())
      assert.deepEqual([level.currentLevel, level.nextLevel], ['aal2', 'aal2'])
      assert.equal(level.currentAuthenticationMethods[0].method, 'totp')
      assert.deepEqual((await ok(auth.mfa.listFactors())).totp.map(({ id }) => id), [factor.id])

      const again = await ok(auth.mfa.challenge({ factorId: factor.id }))
      await refused(auth.mfa.verify({ factorId: factor.id, challengeId: again.id, code }), 422, 'mfa_verification_failed')
      await ok(auth.mfa.unenroll({ factorId: factor.id }))
      assert.deepEqual((await ok(auth.mfa.listFactors())).all, [])
    })

    proves('lets administrators look and help', ['mfa.challengeAndVerify', 'admin.mfa.listFactors', 'admin.mfa.deleteFactor'], async () => {
      const { auth, user } = await member(shop)
      const { id, totp: { secret } } = await ok(auth.mfa.enroll({ factorType: 'totp', friendlyName: 'lost' }))
      await ok(auth.mfa.challengeAndVerify({ factorId: id, code: totp(secret) }))
      const { admin } = shop.service.auth
      const { factors } = await ok(admin.mfa.listFactors({ userId: user.id }))
      assert.deepEqual(factors.map((factor) => [factor.id, factor.status]), [[id, 'verified']])
      await ok(admin.mfa.deleteFactor({ userId: user.id, id }))
      assert.deepEqual((await ok(admin.mfa.listFactors({ userId: user.id }))).factors, [])
    })
  })
}
