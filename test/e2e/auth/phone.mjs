import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { proves } from './methods.mjs'
import { browser, mail, mails, member, ok, password, refused } from './people.mjs'

let numbers = 0

/** A number that nobody has had. */
const number = () => `49151${String(process.pid % 100000).padStart(5, '0')}${String(++numbers).padStart(3, '0')}`

/** Signing up and in by phone, with the messages that the inbox shows. */
export function phones(shop) {
  describe('phones', () => {
    proves('signs up by number and code', ['signUp', 'verifyOtp', 'resend', 'signInWithPassword'], async () => {
      const { auth } = browser(shop)
      const phone = number()
      const { user, session } = await ok(auth.signUp({ phone: `+${phone}`, password, options: { data: { name: 'Ada' } } }))
      assert.deepEqual([user.phone, session, user.email], [phone, null, ''])
      const message = await mail(shop, phone)
      assert.equal(message.subject, 'Text message')
      assert.equal(message.text, `Your code for the shop is ${message.code}`)
      assert.deepEqual(message.links, [])
      await refused(browser(shop).auth.signInWithPassword({ phone, password }), 400, 'phone_not_confirmed')
      await ok(browser(shop).auth.resend({ type: 'sms', phone }))
      assert.equal(await mails(shop, phone), 2)
      await refused(auth.verifyOtp({ phone, token: message.code, type: 'sms' }), 403, 'otp_expired')
      const confirmed = await ok(auth.verifyOtp({ phone, token: (await mail(shop, phone)).code, type: 'sms' }))
      assert.ok(confirmed.user.phone_confirmed_at)
      assert.deepEqual(confirmed.user.app_metadata, { provider: 'phone', providers: ['phone'] })
      assert.equal(confirmed.user.identities[0].provider, 'phone')
      await ok(browser(shop).auth.signInWithPassword({ phone, password }))
      const again = await ok(browser(shop).auth.signUp({ phone, password: 'another password' }))
      assert.notEqual(again.user.id, user.id)
      assert.deepEqual(again.user.identities, [])
    })

    proves('signs in by a code', ['signInWithOtp', 'verifyOtp'], async () => {
      const { auth } = browser(shop)
      const phone = number()
      await refused(auth.signInWithOtp({ phone, options: { shouldCreateUser: false } }), 422, 'otp_disabled')
      const ids = []
      for (let time = 0; time < 2; time++) {
        await ok(auth.signInWithOtp({ phone, options: { channel: 'whatsapp' } }))
        const { code } = await mail(shop, phone)
        ids.push((await ok(auth.verifyOtp({ phone, token: code, type: 'sms' }))).user.id)
      }
      assert.equal(ids[0], ids[1])
    })

    proves('knows a code for tests', ['signInWithOtp', 'verifyOtp'], async () => {
      const { auth } = browser(shop)
      const phone = '4915100000000'
      assert.equal((await ok(auth.signInWithOtp({ phone }))).messageId, 'test-otp')
      assert.equal(await mails(shop, phone), 0)
      assert.ok((await ok(auth.verifyOtp({ phone, token: '246810', type: 'sms' }))).session)
    })

    proves('changes a number', ['updateUser', 'resend', 'verifyOtp'], async () => {
      const { auth, email, user } = await member(shop)
      const phone = number()
      assert.equal((await ok(auth.updateUser({ phone }))).user.new_phone, phone)
      const first = await mail(shop, phone)
      await ok(auth.verifyOtp({ phone, token: first.code, type: 'phone_change' }))
      const next = number()
      await ok(auth.updateUser({ phone: next }))
      await ok(browser(shop).auth.resend({ type: 'phone_change', phone }))
      assert.equal(await mails(shop, next), 2)
      const changed = await ok(auth.verifyOtp({ phone: next, token: (await mail(shop, next)).code, type: 'phone_change' }))
      assert.deepEqual([changed.user.id, changed.user.phone, changed.user.email], [user.id, next, email])
      assert.deepEqual(changed.user.app_metadata.providers, ['email', 'phone'])
      await ok(browser(shop).auth.signInWithPassword({ phone: next, password }))
      const other = await member(shop)
      await refused(other.auth.updateUser({ phone: next }), 422, 'phone_exists')
    })
  })
}
