import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { data, fails } from './check.mjs'
import { client, mint } from './pergola.mjs'

const ada = '11111111-1111-4111-8111-111111111111'
const bob = '22222222-2222-4222-8222-222222222222'

/** Who may do what: keys, users' tokens and row-level security. */
export function access(shop) {
  const users = {}
  const signedIn = async (sub) =>
    client(shop.url, shop.anon_key, await mint(shop.data, '--role', 'authenticated', '--sub', sub))

  describe('row-level security', () => {
    before(async () => {
      users.ada = await signedIn(ada)
      users.bob = await signedIn(bob)
    })

    test('a token says who is calling', async () => {
      assert.deepEqual(await data(users.ada.rpc('whoami')), { uid: ada, role: 'authenticated' })
      assert.deepEqual(await data(shop.anon.rpc('whoami')), { uid: null, role: 'anon' })
      assert.deepEqual(await data(shop.service.rpc('whoami')), { uid: null, role: 'service_role' })
    })
    test('everybody reads their own rows, the service role all', async () => {
      await data(users.ada.from('notes').insert({ body: 'of Ada' }))
      await data(users.bob.from('notes').insert([{ body: 'of Bob' }, { body: 'of Bob too' }]))
      assert.deepEqual(await data(users.ada.from('notes').select('user_id, body')), [{ user_id: ada, body: 'of Ada' }])
      assert.equal((await data(users.bob.from('notes').select())).length, 2)
      assert.deepEqual(await data(shop.anon.from('notes').select()), [])
      assert.equal((await data(shop.service.from('notes').select())).length, 3)
    })
    test("nobody writes another's rows", async () => {
      await fails(users.ada.from('notes').insert({ body: 'forged', user_id: bob }), 403, {
        code: '42501', message: 'new row violates row-level security policy for table "notes"',
      })
      assert.deepEqual(await data(users.ada.from('notes').update({ body: 'forged' }).eq('user_id', bob).select()), [])
      assert.deepEqual(await data(users.ada.from('notes').delete().eq('user_id', bob).select()), [])
    })
    test('an anonymous caller is asked to sign in', async () => {
      await fails(shop.anon.from('notes').insert({ body: 'x', user_id: ada }), 401, { code: '42501' })
    })
  })

  // Without a session the client sends such a key as apikey and as Bearer; with one, the session's token as Bearer.
  describe('opaque API keys', () => {
    const whoami = async (key, token) => data(client(shop.url, key, token).rpc('whoami'))

    test('say which role acts', async () => {
      assert.deepEqual(await whoami(shop.publishable_key), { uid: null, role: 'anon' })
      assert.deepEqual(await whoami(shop.secret_key), { uid: null, role: 'service_role' })
    })
    test('give way to a token', async () => {
      for (const flags of [[], ['--alg', 'ES256']]) {
        const token = await mint(shop.data, '--role', 'authenticated', '--sub', ada, ...flags)
        assert.deepEqual(await whoami(shop.publishable_key, token), { uid: ada, role: 'authenticated' })
        assert.deepEqual(await whoami(shop.secret_key, token), { uid: ada, role: 'authenticated' })
      }
    })
    test('that nobody has made', async () => {
      const stranger = shop.secret_key.replace(/.$/, (last) => (last === 'x' ? 'y' : 'x'))
      await fails(client(shop.url, stranger).from('albums').select(), 401, { code: 'PERGOLA_UNKNOWN_KEY' })
    })
    test('for servers, in a browser', async () => {
      const answer = await fetch(`${shop.url}/rest/v1/albums`, { headers: { apikey: shop.secret_key, 'user-agent': 'Mozilla/5.0' } })
      assert.equal(answer.status, 401)
      assert.equal((await answer.json()).message, 'Forbidden use of secret API key in browser')
    })
  })

  describe('tokens', () => {
    test('of another secret', async () => {
      const [head, claims] = shop.anon_key.split('.')
      const forged = `${head}.${claims}.${Buffer.alloc(32).toString('base64url')}`
      await fails(client(shop.url, shop.anon_key, forged).from('albums').select(), 401, { code: 'PGRST301' })
    })
    test('that are none', async () => {
      await fails(client(shop.url, shop.anon_key, 'nonsense').from('albums').select(), 401, { code: 'PGRST301' })
    })
    test('for a role that does not exist', async () => {
      const token = await mint(shop.data, '--role', 'nobody_here')
      const answer = await client(shop.url, shop.anon_key, token).from('albums').select()
      assert.ok(answer.status >= 400 && answer.status < 500, `status ${answer.status}`)
      assert.equal(answer.error.code, '22023')
    })
    test('in a header of the application', async () => {
      const token = await mint(shop.data, '--role', 'authenticated', '--sub', ada)
      const answer = await fetch(`${shop.url}/rest/v1/rpc/whoami`, {
        method: 'POST', headers: { apikey: shop.anon_key, authorization: `Bearer ${token}` },
      })
      assert.deepEqual(await answer.json(), { uid: ada, role: 'authenticated' })
    })
  })
}
