// What `pergola dev` prints works when it is pasted: the curl line into a shell, the snippet into a file.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { binary, environment } from './pergola.mjs'

const run = promisify(execFile)
const here = fileURLToPath(new URL('.', import.meta.url))

describe('the lines that pergola dev prints', () => {
  let data, child, exited
  let printed = ''

  before(async () => {
    data = await mkdtemp(join(tmpdir(), 'pergola-e2e-'))
    child = spawn(binary, ['dev', '--port', '0', '--data', data], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] })
    exited = once(child, 'exit')
    for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
      printed += chunk
      if (printed.includes('Ctrl-C')) return
    }
    assert.fail(`pergola dev ended after ${JSON.stringify(printed)}`)
  })
  after(async () => {
    child.kill('SIGINT')
    await exited
    await rm(data, { recursive: true, force: true })
  })

  const command = () => printed.split('\n').map((l) => l.trim()).find((l) => l.startsWith('curl '))
  const snippet = () => printed.slice(printed.indexOf('  import {'), printed.indexOf('Data and keys'))

  test('curl', async () => {
    const { stdout } = await run('sh', ['-c', command()])
    assert.deepEqual(JSON.parse(stdout), [
      { title: 'Cut the hedge', done: true, list: { name: 'Garden' } },
      { title: 'Sow beans', done: false, list: { name: 'Garden' } },
      { title: 'Mend the water butt', done: false, list: { name: 'Garden' } },
    ])
  })
  test('supabase-js', async () => {
    const file = join(here, 'node_modules', 'pasted.mjs') // where the import of supabase-js is found
    await writeFile(file, snippet())
    const { stdout } = await run(process.execPath, ['--import', join(here, 'websocket.mjs'), file])
    await rm(file)
    assert.match(stdout, /Mend the water butt/)
  })
})
