// Which methods of supabase.auth were called, and which of them a test has proved.
import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { test } from 'node:test'

const calls = new AsyncLocalStorage() // the names of the methods that the test under way has called
const proved = new Set()

/** What is no part of the service, with the reason: whatever else the client has, has to be proved. */
const outside = {
  signInWithWeb3: 'wallets', signInWithEthereum: 'wallets', signInWithSolana: 'wallets',
  signInWithSSO: 'SAML',
  signInWithPasskey: 'passkeys', registerPasskey: 'passkeys', passkey: 'passkeys', 'admin.passkey': 'passkeys',
  'mfa.webauthn': 'passkeys as second factors', 'mfa.recoveryCodes': 'recovery codes',
  oauth: 'being an OAuth server', 'admin.oauth': 'being an OAuth server',
  'admin.customProviders': 'providers that are kept in the database',
}
const isOutside = (name) => Object.keys(outside).some((part) => name === part || name.startsWith(`${part}.`))

/** Every method of a client's auth, at run time: those of its class, of the admin API, and of the objects that they hold. */
function* found(auth, path = '') {
  for (let proto = Object.getPrototypeOf(auth); proto && proto !== Object.prototype; proto = Object.getPrototypeOf(proto)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(proto))) {
      if (typeof value === 'function' && name !== 'constructor' && !name.startsWith('_')) yield path + name
    }
  }
  for (const part of ['admin', 'mfa', 'oauth', 'passkey', 'customProviders', 'webauthn', 'recoveryCodes']) {
    const held = auth[part]
    if (!held || typeof held !== 'object') continue
    yield* found(held, `${path}${part}.`)
    for (const name of Object.keys(held)) if (typeof held[name] === 'function') yield `${path}${part}.${name}`
  }
}

/** The methods that have to be proved. */
export const methods = (auth) =>
  [...new Set(found(auth))].filter((name) => !isOutside(name) && !/\.(fetch|logger)$/.test(name)).sort()

/** Has the methods of a client say when they are called. */
export function watch(auth) {
  for (const name of methods(auth)) {
    const path = name.split('.')
    const method = path.pop()
    const of = path.reduce((object, part) => object[part], auth)
    const original = of[method]
    of[method] = function (...args) {
      calls.getStore()?.add(name)
      return original.apply(of, args)
    }
  }
  return auth
}

/** A test that proves methods: it has to call all of them, and checks what came of it. */
export function proves(title, names, check) {
  test(`${title} (${names.join(', ')})`, async () => {
    const called = new Set()
    await calls.run(called, check)
    for (const name of names) {
      assert.ok(called.has(name), `${name} was not called`)
      proved.add(name)
    }
  })
}

/** The methods that nothing has proved. */
export const unproved = (auth) => methods(auth).filter((name) => !proved.has(name))
