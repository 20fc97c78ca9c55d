import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe } from 'node:test'
import { proves } from './methods.mjs'
import { address, browser, follow, fragment, member, ok, refused } from './people.mjs'
import { hashed } from './provider.mjs'

/** Signing in by somebody else's word: an issuer of OpenID Connect. */
export function identities(shop) {
  const back = `${shop.site}/signed-in`
  const person = (name) => ({ sub: randomUUID(), email: address(name), name })
  /** Goes from the issuer back to the application, as a browser does. */
  const arrive = async (url) => follow(await follow(url))
  /** Goes from the application to the issuer and back. */
  const travel = async (url) => arrive(await follow(url))
  const options = { redirectTo: back, skipBrowserRedirect: true }

  describe('identities', () => {
    proves('signs in with a provider', ['signInWithOAuth'], async () => {
      const { auth } = browser(shop)
      shop.issuer.person = person('grace')
      const { url } = await ok(auth.signInWithOAuth({ provider: 'keycloak', options }))
      const landed = await travel(url)
      assert.ok(landed.href.startsWith(back), landed.href)
      const { access_token, refresh_token, provider_token, provider_refresh_token } = fragment(landed)
      assert.deepEqual([provider_token, provider_refresh_token], [`access of ${shop.issuer.person.sub}`, `refresh of ${shop.issuer.person.sub}`])
      const { user } = await ok(auth.setSession({ access_token, refresh_token }))
      assert.equal(user.email, shop.issuer.person.email)
      assert.deepEqual(user.app_metadata, { provider: 'keycloak', providers: ['keycloak'] })
    })

    proves('signs in with a provider in the flow with PKCE', ['signInWithOAuth', 'exchangeCodeForSession'], async () => {
      const { auth } = browser(shop, { flowType: 'pkce' })
      shop.issuer.person = person('grace')
      const { url } = await ok(auth.signInWithOAuth({ provider: 'keycloak', options }))
      const code = (await travel(url)).searchParams.get('code')
      const { user, session } = await ok(auth.exchangeCodeForSession(code))
      assert.equal(user.email, shop.issuer.person.email)
      assert.equal(session.provider_token, `access of ${shop.issuer.person.sub}`)
      await refused(auth.exchangeCodeForSession(code), 404, 'flow_state_not_found').catch((error) => {
        assert.match(error.message, /flow_state|code verifier|An error was expected/i) // the client has thrown its verifier away
      })
    })

    proves('signs in with an ID token', ['signInWithIdToken'], async () => {
      const who = person('grace')
      const { auth } = browser(shop)
      const nonce = randomUUID()
      const token = shop.issuer.idToken(who, { nonce: hashed(nonce) })
      assert.ok((await auth.signInWithIdToken({ provider: 'keycloak', token, nonce: 'another' })).error)
      const { user } = await ok(auth.signInWithIdToken({ provider: 'keycloak', token, nonce }))
      assert.equal(user.email, who.email)
    })

    proves('links and unlinks identities', ['linkIdentity', 'linkIdentityOAuth', 'linkIdentityIdToken', 'getUserIdentities', 'unlinkIdentity'], async () => {
      const { auth } = await member(shop)
      const names = async () => (await ok(auth.getUserIdentities())).identities.map(({ provider }) => provider).sort()
      shop.issuer.person = person('grace')
      const { url } = await ok(auth.linkIdentity({ provider: 'keycloak', options }))
      await arrive(url) // the client has been told the issuer's own address
      assert.deepEqual(await names(), ['email', 'keycloak'])
      const { identities: linked } = await ok(auth.getUserIdentities())
      await ok(auth.unlinkIdentity(linked.find(({ provider }) => provider === 'keycloak')))
      assert.deepEqual(await names(), ['email'])
      await refused(auth.unlinkIdentity(linked.find(({ provider }) => provider === 'email')), 422, 'single_identity_not_deletable')
      await ok(auth.linkIdentityIdToken({ provider: 'keycloak', token: shop.issuer.idToken(person('grace')) }))
      assert.deepEqual(await names(), ['email', 'keycloak'])
      shop.issuer.person = person('hopper')
      await arrive((await ok(auth.linkIdentityOAuth({ provider: 'keycloak', options }))).url)
      assert.deepEqual(await names(), ['email', 'keycloak', 'keycloak'])
    })
  })
}
