// The OpenAPI 3.1 document of a real schema: what the specification's own JSON Schema says of it, and whom it tells what.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { shop } from './shop.mjs'

describe('the document', () => {
  let s
  before(async () => { s = await shop() })
  after(() => s.close())

  const read = async (key, headers = {}) => {
    const answer = await fetch(`${s.url}/rest/v1/openapi.json`, { headers: { ...(key && { apikey: key }), ...headers } })
    return { answer, document: answer.status === 200 ? await answer.json() : undefined }
  }

  for (const caller of ['anon_key', 'service_role_key', undefined]) {
    test(`is OpenAPI 3.1 for ${caller ?? 'a caller without a key'}`, async () => {
      const { answer, document } = await read(s[caller])
      assert.equal(answer.status, 200)
      assert.match(answer.headers.get('content-type'), /^application\/openapi\+json/)
      const validator = new Validator()
      const { valid, errors } = await validator.validate(structuredClone(document))
      assert.ok(valid, JSON.stringify(errors, null, 1))
      assert.equal(validator.version, '3.1')
      for (const ref of references(document)) assert.ok(at(document, ref), `${ref} leads nowhere`)
    })
  }

  test('has what the caller may do, and no more', async () => {
    const offered = ({ paths }) => Object.entries(paths).flatMap(([path, item]) => Object.keys(item).map((method) => `${method} ${path}`)).sort()
    const odd = `/${encodeURIComponent(s.odd)}`
    const functions = [
      'get /rpc/add', 'get /rpc/glad', 'get /rpc/pair', 'post /rpc/add', 'post /rpc/glad', 'post /rpc/keep', 'post /rpc/pair',
    ]
    const all = (path) => ['delete', 'get', 'patch', 'post', 'put'].map((method) => `${method} ${path}`)
    const decoded = (operations) => operations.map(decodeURIComponent).sort()
    const anon = (await read(s.anon_key)).document
    assert.deepEqual(decoded(offered(anon)), decoded([...functions, 'get /records', ...all(odd)]))
    assert.ok(!JSON.stringify(anon).includes('till'), 'a table without grants is named')
    const service = (await read(s.service_role_key)).document
    assert.deepEqual(
      decoded(offered(service)),
      decoded([
        ...functions, 'post /rpc/forget', ...all(odd), ...all('/till'),
        // putting fails here, since the key is always generated: no right says so
        ...all('/records'),
      ]),
    )
  })

  test('names every table and every condition as requests do', async () => {
    const { document } = await read(s.service_role_key)
    const named = (parameter) => (parameter.$ref ? at(document, parameter.$ref) : parameter)
    let conditions = 0
    for (const [path, { get }] of Object.entries(document.paths)) {
      if (path.startsWith('/rpc/')) continue
      const filters = get.parameters.filter(({ $ref }) => $ref?.includes('.filter.')).map(named)
      const query = new URLSearchParams(filters.map(({ name }) => [name, 'is.null']))
      const answer = await fetch(`${s.url}${document.servers[0].url}${path}?${query}`, { headers: { apikey: s.service_role_key } })
      assert.equal(answer.status, 200, `${path}?${query}: ${await answer.text()}`)
      conditions += filters.length
    }
    assert.equal(conditions, 13, 'conditions, one for each column')
  })

  test('is not sent again to a caller who has it', async () => {
    const { answer } = await read(s.anon_key)
    const etag = answer.headers.get('etag')
    const again = await read(s.anon_key, { 'if-none-match': etag })
    assert.equal(again.answer.status, 304)
    assert.equal((await read(s.service_role_key, { 'if-none-match': etag })).answer.status, 200)
  })

  test('says of rows and arguments what is true', async () => {
    const { document } = await read(s.anon_key)
    const { records } = document.components.schemas
    assert.deepEqual(records.properties.mood, { type: 'string', enum: ['glad', 'sad'], default: 'glad' })
    assert.equal(records.properties.title.description, 'As it is printed on the sleeve.')
    const [row] = await (await fetch(`${s.url}/rest/v1/records`, { headers: { apikey: s.anon_key } })).json()
    assert.deepEqual(Object.keys(row), Object.keys(records.properties))
    const pair = document.paths['/rpc/pair'].get.responses['200'].content['application/json'].schema
    assert.deepEqual(pair.properties.b.enum, ['glad', 'sad', null])
  })
})

const references = (value) =>
  value === null || typeof value !== 'object' ? []
    : Object.entries(value).flatMap(([key, member]) => (key === '$ref' ? [member] : references(member)))
const at = (document, ref) => ref.slice(2).split('/').reduce((value, key) => value?.[key], document)
