// supabase-js against `pergola serve`, which reaches its database through pgbouncer in transaction mode.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { access } from './access.mjs'
import { embedding } from './embed.mjs'
import { errors } from './errors.mjs'
import { methods } from './methods.mjs'
import { binary, client, dev, environment, serving } from './pergola.mjs'
import { reading } from './read.mjs'
import { load, settings } from './shop.mjs'
import { writing } from './write.mjs'

const program = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer', '/opt/homebrew/bin/pgbouncer'].find((file) => {
  try {
    return execFileSync(file, ['--version'], { stdio: 'pipe' })
  } catch {
    return false
  }
})
const shop = {}
const connections = 3 // that pgbouncer opens to the database at most

/** Runs pgbouncer in front of the database, in a directory of its own: it refuses to be root. */
async function pool(dir, { database_url }, password) {
  const { hostname, port, pathname } = new URL(database_url)
  const listener = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => listener.once('listening', resolve))
  const free = listener.address().port
  await new Promise((resolve) => listener.close(resolve))
  const file = join(dir, 'pgbouncer.ini')
  await writeFile(file, `[databases]
* = host=${hostname} port=${port} dbname=${pathname.slice(1)}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${free}
unix_socket_dir =
auth_type = plain
auth_file = ${join(dir, 'users')}
pool_mode = transaction
default_pool_size = ${connections}
`)
  await writeFile(join(dir, 'users'), `"authenticator" "${password}"\n`)
  const nobody = process.getuid() === 0 ? { uid: 65534, gid: 65534 } : {}
  if (nobody.uid) await chown(dir, nobody.uid, nobody.gid)
  const running = await serving(program, [file], { address: /(process up)/, env: environment, ...nobody })
  return { ...running, url: `postgresql://authenticator:${password}@127.0.0.1:${free}/shop` }
}

describe('behind pgbouncer in transaction mode', { concurrency: 1, skip: !program && 'pgbouncer is not installed' }, () => {
  const stops = []
  before(async () => {
    shop.data = await mkdtemp(join(tmpdir(), 'pergola-e2e-'))
    Object.assign(shop, await dev(shop.data))
    stops.push(shop.stop)
    await load(shop)
    const keys = JSON.parse(await readFile(join(shop.data, 'keys.json'), 'utf8'))
    shop.ini = await mkdtemp(join(tmpdir(), 'pergola-pgbouncer-'))
    const bouncer = await pool(shop.ini, shop, keys.authenticator_password)
    stops.push(bouncer.stop)
    const env = {
      ...environment, ...settings, DATABASE_URL: bouncer.url, JWT_SECRET: keys.jwt_secret,
      PERGOLA_PUBLISHABLE_KEYS: shop.publishable_key, PERGOLA_SECRET_KEYS: shop.secret_key, GOTRUE_JWT_KEYS: JSON.stringify(keys.jwt_keys),
      GOTRUE_SITE_URL: 'https://app.example.org', GOTRUE_MAILER_AUTOCONFIRM: 'true', GOTRUE_DB_DATABASE_URL: shop.database_url,
      PGRST_DB_PREPARED_STATEMENTS: 'false', PGRST_DB_CHANNEL_ENABLED: 'false', PGRST_DB_PLAN_ENABLED: 'true',
    }
    const server = await serving(binary, ['serve', '--listen', '127.0.0.1:0'], { address: /listening on (\S+)/, env })
    stops.push(server.stop)
    Object.assign(shop, { url: server.address, anon: client(server.address, shop.anon_key), service: client(server.address, shop.service_role_key) })
  })
  after(async () => {
    for (const stop of stops.reverse()) await stop()
    for (const dir of [shop.data, shop.ini]) if (dir) await rm(dir, { recursive: true, force: true })
  })

  reading(shop)
  embedding(shop)
  writing(shop)
  access(shop)
  errors(shop)
  methods(shop)

  test('people sign up, and are who they are in REST', async () => {
    const { data, error } = await shop.anon.auth.signUp({ email: 'ada@example.org', password: 'correct horse battery' })
    assert.ifError(error)
    const { data: me } = await client(shop.url, shop.publishable_key, data.session.access_token).rpc('whoami')
    assert.deepEqual(me, { uid: data.user.id, role: 'authenticated' })
    await shop.anon.auth.signOut()
  })

  test('many at once share few connections, each with its own role', async () => {
    const roles = Array.from({ length: 60 }, (_, i) => (i % 2 ? 'anon' : 'service_role'))
    const answers = await Promise.all(roles.map((role) => (role === 'anon' ? shop.anon : shop.service).rpc('whoami')))
    assert.deepEqual(answers.map(({ data, error }) => error ?? data.role), roles)
    const backends = await Promise.all(roles.map(() => shop.anon.rpc('backend')))
    const different = new Set(backends.map(({ data }) => data)).size
    assert.ok(different >= 1 && different <= connections, `${different} connections`)
  })
})
