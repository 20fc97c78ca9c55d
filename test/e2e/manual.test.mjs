// The JavaScript of the manual, in the order of its pages, against `pergola dev` as they start it. What console.log prints has to
// be what stands behind it.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { dev, environment } from './pergola.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const hookPort = 4000 // of the manual

/** The settings that a block of commands starts `pergola dev` with; null for a block that does not. */
function started(commands) {
  if (!/pergola dev$/m.test(commands)) return null
  return Object.fromEntries([...commands.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value]))
}

/** The runs of `pergola dev` of a page: the settings of each, and the blocks of JavaScript for it. */
function runsOf(text) {
  const runs = [{ env: {}, blocks: [] }]
  for (const [, language, block] of text.matchAll(/^```(js|sh)\n(.*?)^```$/gms)) {
    const env = started(block)
    if (language === 'js') runs.at(-1).blocks.push(block)
    else if (env) runs.push({ env, blocks: [] })
  }
  return runs.filter(({ blocks }) => blocks.length > 0)
}

/** One module of all blocks: each has names of its own, but for those of the first, which makes the client. */
function moduleOf([first, ...others], { url, publishable_key: key, port }) {
  const checked = (block) => block + (/\berror\b[^\n]*\} = await/.test(block) && !/error\.(code|status)/.test(block) ? 'if (error) throw error\n' : '')
  return [
    `import { MEMORY, TOTP, code, followedLink } from ${JSON.stringify(new URL('manual.mjs', import.meta.url))}\n`,
    first, ...others.map((block) => `{\n${checked(block)}}\n`),
  ].join('')
    .replaceAll("'http://127.0.0.1:54321'", JSON.stringify(url)).replaceAll('PUBLISHABLE_KEY', JSON.stringify(key))
    .replaceAll('token: CODE', 'token: await code()').replaceAll('FOLLOWED_LINK()', 'followedLink()')
    .replaceAll(`listen(${hookPort},`, `listen(${port},`)
}

/** A port that nobody listens on. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return port
}

/** What the blocks say that they print. */
const printed = (blocks) => blocks.flatMap((block) => [...block.matchAll(/^ *console\.log\(.*\) \/\/ (.*)$/gm)].map(([, text]) => text))

for (const page of ['README.md', 'docs/auth.md']) {
  describe(`the JavaScript of ${page}`, { concurrency: 1 }, async () => {
    let data
    before(async () => (data = await mkdtemp(join(tmpdir(), 'pergola-manual-'))))
    after(() => rm(data, { recursive: true, force: true }))

    const runs = runsOf(await readFile(join(here, '../..', page), 'utf8'))
    assert.ok(runs.length > 0, 'the page has none')
    let client
    for (const [number, { env, blocks }] of runs.entries()) {
      client ??= blocks[0] // later runs go on with it
      const all = number === 0 ? blocks : [client, ...blocks]
      test(`pergola dev ${Object.entries(env).map((pair) => pair.join('=')).join(' ')}`, async () => {
        const port = await freePort()
        const settings = Object.entries(env).map(([name, value]) => [name, value.replace(`:${hookPort}`, `:${port}`)])
        const running = await dev(data, Object.fromEntries(settings), [])
        const file = join(here, 'node_modules', `manual-${process.pid}.mjs`) // where the import of supabase-js is found
        try {
          await writeFile(file, moduleOf(all, { ...running, port }))
          const args = ['--import', join(here, 'websocket.mjs'), file]
          const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...environment, PERGOLA_URL: running.url }, timeout: 60_000 })
          assert.deepEqual(stdout.trimEnd().split('\n'), printed(all))
        } finally {
          await rm(file, { force: true })
          await running.stop()
        }
      })
    }
  })
}
