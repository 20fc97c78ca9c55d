// The shop of schema.sql, served by `pergola dev`.
import { readFile, rm, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { dev } from '../e2e/pergola.mjs'

const ddl = new URL('schema.sql', import.meta.url)
const patience = 10_000 // milliseconds until a change of the schema is served

/** Starts it: its addresses and keys, and close. */
export async function shop() {
  const data = await mkdtemp(join(tmpdir(), 'pergola-explorer-'))
  const api = await dev(data)
  const close = async () => {
    await api.stop()
    await rm(data, { recursive: true, force: true })
  }
  try {
    const database = new pg.Client({ connectionString: api.database_url })
    await database.connect()
    await database.query(await readFile(ddl, 'utf8'))
    await database.end()
    await served(`${api.url}/rest/v1/rpc/pair`, api.anon_key)
  } catch (error) {
    await close()
    throw error
  }
  return { ...api, odd: 'odd {name}, "quoted" and/or: é', close }
}

async function served(address, apikey) {
  for (const start = performance.now(); performance.now() - start < patience; ) {
    if ((await fetch(address, { headers: { apikey } })).ok) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the schema is not served')
}
