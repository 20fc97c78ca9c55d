import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { proves } from './methods.mjs'
import { address, browser, follow, fragment, mail, mails, member, ok, password, refused } from './people.mjs'

/** What mails lead to: their links, in both flows, and their codes. */
export function mailing(shop) {
  const back = `${shop.site}/welcome?from=mail`

  describe('mail', () => {
    proves('confirms an address by the link', ['signUp', 'setSession'], async () => {
      const { auth } = browser(shop)
      const email = address()
      await ok(auth.signUp({ email, password, options: { emailRedirectTo: back } }))
      const { links, html, text, at } = await mail(shop, email)
      assert.ok(html.includes('href') && text && !Number.isNaN(Date.parse(at)))
      assert.equal((await fetch(links[0], { method: 'HEAD' })).status, 200)
      const landed = await follow(links[0])
      assert.ok(landed.href.startsWith(back), landed.href)
      const { access_token, refresh_token, type } = fragment(landed)
      assert.equal(type, 'signup')
      await ok(auth.setSession({ access_token, refresh_token }))
      assert.ok((await ok(auth.getUser())).user.email_confirmed_at)
      assert.equal(fragment(await follow(links[0])).error_code, 'otp_expired')
    })

    proves('leads nobody away from the site', ['signUp'], async () => {
      const email = address()
      await ok(browser(shop).auth.signUp({ email, password, options: { emailRedirectTo: 'https://evil.example.org/' } }))
      const landed = await follow((await mail(shop, email)).links[0])
      assert.equal(landed.origin, shop.site)
    })

    proves('sends a mail again', ['resend'], async () => {
      const email = address()
      await ok(browser(shop).auth.signUp({ email, password }))
      const first = await mail(shop, email)
      await ok(browser(shop).auth.resend({ type: 'signup', email }))
      assert.equal(await mails(shop, email), 2)
      await refused(browser(shop).auth.verifyOtp({ email, token: first.code, type: 'signup' }), 403, 'otp_expired')
      await ok(browser(shop).auth.verifyOtp({ email, token: (await mail(shop, email)).code, type: 'signup' }))
    })

    proves('signs in by a code', ['signInWithOtp'], async () => {
      const { auth } = browser(shop)
      const email = address()
      await refused(auth.signInWithOtp({ email, options: { shouldCreateUser: false } }), 422, 'otp_disabled')
      await ok(auth.signInWithOtp({ email }))
      const { session } = await ok(auth.verifyOtp({ email, token: (await mail(shop, email)).code, type: 'email' }))
      assert.ok(session)
      await ok(auth.signInWithOtp({ email }))
      const { links } = await mail(shop, email, /magic/i)
      const hash = new URL(links[0]).searchParams.get('token')
      const again = await ok(browser(shop).auth.verifyOtp({ token_hash: hash, type: 'email' }))
      assert.equal(again.user.id, session.user.id)
    })

    proves('resets a password', ['resetPasswordForEmail', 'updateUser'], async () => {
      const { email } = await member(shop)
      const { auth } = browser(shop)
      await ok(auth.resetPasswordForEmail(address('nobody')))
      await ok(auth.resetPasswordForEmail(email, { redirectTo: back }))
      const { access_token, refresh_token, type } = fragment(await follow((await mail(shop, email, /reset/i)).links[0]))
      assert.equal(type, 'recovery')
      await ok(auth.setSession({ access_token, refresh_token }))
      await ok(auth.updateUser({ password: 'a new password' }))
      await ok(browser(shop).auth.signInWithPassword({ email, password: 'a new password' }))
    })

    proves('exchanges the code of a link in the flow with PKCE', ['exchangeCodeForSession', 'resetPasswordForEmail'], async () => {
      const { auth } = browser(shop, { flowType: 'pkce' })
      const email = address()
      await ok(auth.signUp({ email, password, options: { emailRedirectTo: back } }))
      const landed = await follow((await mail(shop, email)).links[0])
      assert.equal(landed.hash, '')
      const { user } = await ok(auth.exchangeCodeForSession(landed.searchParams.get('code')))
      assert.equal(user.email, email)
      await ok(auth.resetPasswordForEmail(email, { redirectTo: back }))
      const code = (await follow((await mail(shop, email, /reset/i)).links[0])).searchParams.get('code')
      const stranger = browser(shop, { flowType: 'pkce' }).auth
      await ok(stranger.resetPasswordForEmail(address('nobody')))
      await refused(stranger.exchangeCodeForSession(code), 400, 'bad_code_verifier')
      assert.equal((await ok(auth.exchangeCodeForSession(code))).user.id, user.id)
    })

    proves('changes an address when both sides agree', ['updateUser', 'verifyOtp', 'resend'], async () => {
      const { auth, email } = await member(shop)
      const next = address('lovelace')
      const { user } = await ok(auth.updateUser({ email: next }))
      assert.deepEqual([user.email, user.new_email], [email, next])
      await ok(browser(shop).auth.resend({ type: 'email_change', email }))
      const [old, changed] = [await mail(shop, email, /change/i), await mail(shop, next, /change/i)]
      assert.match(fragment(await follow(old.links[0])).message, /Confirmation link accepted/)
      assert.equal((await ok(auth.getUser())).user.email, email)
      const { session } = await ok(browser(shop).auth.verifyOtp({ email: next, token: changed.code, type: 'email_change' }))
      assert.equal(session.user.email, next)
      await ok(browser(shop).auth.signInWithPassword({ email: next, password }))
    })

    proves('asks who somebody is once more', ['reauthenticate'], async () => {
      const { auth, email } = await member(shop)
      await ok(auth.reauthenticate())
      const { code } = await mail(shop, email, /reauth/i)
      await ok(auth.updateUser({ password: 'yet another password', nonce: code }))
    })
  })
}
