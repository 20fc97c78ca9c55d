import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { proves } from './methods.mjs'
import { address, browser, follow, fragment, mail, member, ok, password, refused } from './people.mjs'

/** What a holder of the service_role key does with users. */
export function administration(shop) {
  describe('administration', () => {
    proves('is for administrators', ['admin.listUsers'], async () => {
      const { auth } = await member(shop)
      await refused(shop.anyone.auth.admin.listUsers(), 403, 'not_admin')
      await refused(auth.admin.listUsers(), 401, 'no_authorization').catch(() => refused(auth.admin.listUsers(), 403, 'not_admin'))
    })

    proves('makes, finds, changes and deletes users', [
      'admin.createUser', 'admin.getUserById', 'admin.updateUserById', 'admin.deleteUser',
    ], async () => {
      const { admin } = shop.service.auth
      const email = address()
      const { user } = await ok(admin.createUser({ email, password, email_confirm: true, user_metadata: { a: 1 }, app_metadata: { plan: 'pro' } }))
      assert.deepEqual(user.app_metadata, { plan: 'pro', provider: 'email', providers: ['email'] })
      await ok(browser(shop).auth.signInWithPassword({ email, password }))
      await refused(admin.createUser({ email, password }), 422, 'email_exists')
      assert.equal((await ok(admin.getUserById(user.id))).user.email, email)
      const banned = await ok(admin.updateUserById(user.id, { ban_duration: '24h', user_metadata: { b: 2 } }))
      assert.ok(Date.parse(banned.user.banned_until) > Date.now())
      assert.equal(banned.user.user_metadata.b, 2)
      await refused(browser(shop).auth.signInWithPassword({ email, password }), 400, 'user_banned')
      await ok(admin.updateUserById(user.id, { ban_duration: 'none', password: 'set by an administrator' }))
      await ok(browser(shop).auth.signInWithPassword({ email, password: 'set by an administrator' }))
      await ok(admin.deleteUser(user.id))
      await refused(admin.getUserById(user.id), 404, 'user_not_found')
      await refused(browser(shop).auth.signInWithPassword({ email, password }), 400, 'invalid_credentials')
    })

    proves('pages through users', ['admin.listUsers'], async () => {
      const { admin } = shop.service.auth
      const made = []
      for (let n = 0; n < 3; n++) made.push((await ok(admin.createUser({ email: address('page') }))).user.id)
      const first = await ok(admin.listUsers({ page: 1, perPage: 2 }))
      assert.equal(first.users.length, 2)
      assert.equal(first.nextPage, 2)
      const half = await ok(admin.listUsers({ perPage: Math.ceil(first.total / 2) })) // the client reads one digit of a page
      assert.equal(half.lastPage, 2)
      const all = (await ok(admin.listUsers({ perPage: 1000 }))).users.map(({ id }) => id)
      assert.equal(new Set(all).size, all.length)
      for (const id of made) assert.ok(all.includes(id))
    })

    proves('invites users', ['admin.inviteUserByEmail'], async () => {
      const email = address()
      const { user } = await ok(shop.service.auth.admin.inviteUserByEmail(email, { data: { team: 'a' }, redirectTo: `${shop.site}/invited` }))
      assert.ok(user.invited_at)
      const landed = await follow((await mail(shop, email, /invited/i)).links[0])
      assert.ok(landed.href.startsWith(`${shop.site}/invited`))
      assert.equal(fragment(landed).type, 'invite')
      await refused(shop.service.auth.admin.inviteUserByEmail(email), 422, 'email_exists')
    })

    proves('makes links that it does not send', ['admin.generateLink'], async () => {
      const { email, user } = await member(shop)
      const { properties } = await ok(shop.service.auth.admin.generateLink({ type: 'magiclink', email }))
      assert.deepEqual([properties.verification_type, properties.redirect_to], ['magiclink', shop.site])
      const { user: same } = await ok(browser(shop).auth.verifyOtp({ token_hash: properties.hashed_token, type: 'email' }))
      assert.equal(same.id, user.id)
      const recovery = (await ok(shop.service.auth.admin.generateLink({ type: 'recovery', email }))).properties
      assert.equal(fragment(await follow(recovery.action_link)).type, 'recovery')
    })

    proves('ends the sessions of a token', ['admin.signOut'], async () => {
      const { auth, session } = await member(shop)
      await ok(shop.service.auth.admin.signOut(session.access_token, 'global'))
      assert.equal((await auth.getUser()).error.name, 'AuthSessionMissingError')
    })
  })
}
