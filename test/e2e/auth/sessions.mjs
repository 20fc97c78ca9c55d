import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe } from 'node:test'
import { proves } from './methods.mjs'
import { address, browser, mail, member, ok, password, refused } from './people.mjs'

/** Signing up, in, and back in; what a session knows and how it ends. */
export function sessions(shop) {
  describe('sessions', () => {
    proves('signs up, confirms by the code, and is signed in', ['signUp', 'verifyOtp', 'getSession', 'getUser'], async () => {
      const { auth } = browser(shop)
      const email = address()
      const before = await ok(auth.signUp({ email, password, options: { data: { name: 'Ada' } } }))
      assert.equal(before.session, null)
      assert.equal(before.user.email, email)
      await refused(auth.signInWithPassword({ email, password }), 400, 'email_not_confirmed')
      const { code } = await mail(shop, email)
      const { user, session } = await ok(auth.verifyOtp({ email, token: code, type: 'signup' }))
      assert.equal(user.id, before.user.id)
      assert.deepEqual(user.user_metadata, { name: 'Ada', sub: user.id, email, email_verified: true, phone_verified: false })
      assert.deepEqual((await ok(auth.getSession())).session.access_token, session.access_token)
      assert.equal((await ok(auth.getUser())).user.id, user.id)
      await refused(auth.verifyOtp({ email, token: code, type: 'signup' }), 403, 'otp_expired')
    })

    proves('tells nobody whose address is taken', ['signUp'], async () => {
      const { email } = await member(shop)
      const { user, session } = await ok(browser(shop).auth.signUp({ email, password: 'another password' }))
      assert.equal(session, null)
      assert.deepEqual(user.identities, [])
    })

    proves('signs in with a password', ['signInWithPassword', 'onAuthStateChange'], async () => {
      const { email } = await member(shop)
      const { auth } = browser(shop)
      const events = []
      const { data: { subscription } } = auth.onAuthStateChange((event) => events.push(event))
      await refused(auth.signInWithPassword({ email, password: 'wrong password' }), 400, 'invalid_credentials')
      const { session } = await ok(auth.signInWithPassword({ email: email.toUpperCase(), password }))
      assert.equal(session.token_type, 'bearer')
      await sleep(10)
      subscription.unsubscribe()
      assert.ok(events.includes('SIGNED_IN'), events.join())
    })

    proves('refuses a weak password', ['signUp'], async () => {
      const error = await refused(browser(shop).auth.signUp({ email: address(), password: 'short' }), 422, 'weak_password')
      assert.deepEqual(error.reasons, ['length'])
    })

    proves('signs in without an address', ['signInAnonymously'], async () => {
      const { user } = await ok(browser(shop).auth.signInAnonymously({ options: { data: { guest: 1 } } }))
      assert.equal(user.is_anonymous, true)
      assert.equal(user.user_metadata.guest, 1)
      assert.deepEqual(user.app_metadata, {})
    })

    proves('verifies a token by the published keys', ['getClaims', 'fetchJwk'], async () => {
      const { auth, user } = await member(shop)
      let asked = 0
      const fetched = auth.fetch
      auth.fetch = (...args) => (asked++, fetched(...args))
      const { claims, header } = await ok(auth.getClaims())
      assert.equal(header.alg, 'ES256')
      assert.equal(asked, 1, 'the keys were fetched, and nothing else')
      assert.deepEqual([claims.sub, claims.role, claims.aal], [user.id, 'authenticated', 'aal1'])
      assert.deepEqual(claims.amr.map(({ method }) => method), ['otp'])
      assert.equal((await auth.fetchJwk(header.kid)).kid, header.kid)
    })

    proves('refreshes a session, fifty times at once too', ['refreshSession', 'setSession'], async () => {
      const { auth, session } = await member(shop)
      const next = (await ok(auth.refreshSession())).session
      assert.notEqual(next.refresh_token, session.refresh_token)
      const many = await Promise.all(Array.from({ length: 50 }, () => ok(browser(shop).auth.refreshSession({ refresh_token: next.refresh_token }))))
      const tokens = new Set(many.map(({ session }) => session.refresh_token))
      assert.equal(tokens.size, 1, 'every one of them has got the same token')
      const other = browser(shop).auth
      const last = many[0].session
      await ok(other.setSession({ access_token: last.access_token, refresh_token: last.refresh_token }))
      assert.equal((await ok(other.getUser())).user.id, session.user.id)
      await ok(other.refreshSession())
    })

    proves('keeps a session fresh by itself', ['initialize', 'startAutoRefresh', 'stopAutoRefresh', 'dispose', 'isThrowOnErrorEnabled'], async () => {
      const { auth, session } = await member(shop)
      await auth.initialize()
      const kept = (await ok(auth.getSession())).session
      await auth._saveSession({ ...kept, expires_at: Math.floor(Date.now() / 1000) + 60, expires_in: 60 })
      const refreshed = new Promise((resolve) => auth.onAuthStateChange((event, next) => event === 'TOKEN_REFRESHED' && resolve(next)))
      await auth.startAutoRefresh()
      assert.notEqual((await refreshed).refresh_token, session.refresh_token)
      await auth.stopAutoRefresh()
      assert.ok(!auth.isThrowOnErrorEnabled())
      await auth.dispose()
    })

    proves('ends sessions by scope', ['signOut'], async () => {
      const { email, auth } = await member(shop)
      const [second, third] = [browser(shop).auth, browser(shop).auth]
      for (const each of [second, third]) await ok(each.signInWithPassword({ email, password }))
      const token = (await ok(auth.getSession())).session.access_token
      await ok(auth.signOut({ scope: 'local' }))
      await refused(browser(shop).auth.getUser(token), 400, undefined) // supabase-js: the session is missing
      await ok(second.signOut({ scope: 'others' }))
      assert.ok((await ok(second.getUser())).user)
      assert.equal((await third.getUser()).error.name, 'AuthSessionMissingError')
      const last = (await ok(second.getSession())).session.access_token
      await ok(second.signOut())
      assert.equal((await browser(shop).auth.getUser(last)).error.name, 'AuthSessionMissingError')
    })

    proves('changes data and password', ['updateUser'], async () => {
      const { auth, email } = await member(shop)
      const other = browser(shop).auth
      await ok(other.signInWithPassword({ email, password }))
      const { user } = await ok(auth.updateUser({ data: { colour: 'blue', name: null } }))
      assert.equal(user.user_metadata.colour, 'blue')
      await refused(auth.updateUser({ password }), 422, 'same_password')
      await ok(auth.updateUser({ password: 'another password' }))
      assert.ok((await ok(auth.getUser())).user, 'the session that changed it stays')
      assert.equal((await other.getUser()).error.name, 'AuthSessionMissingError')
      await refused(browser(shop).auth.signInWithPassword({ email, password }), 400, 'invalid_credentials')
      await ok(browser(shop).auth.signInWithPassword({ email, password: 'another password' }))
    })

    proves('lets a user read what a policy gives to users', ['signUp'], async () => {
      const { client, user } = await member(shop)
      const { data, error } = await client.rpc('nothing_of_that_name')
      assert.equal(data, null)
      assert.equal(error.code, 'PGRST202', 'the token of the session is good for REST')
      assert.ok(user.id)
    })
  })
}
