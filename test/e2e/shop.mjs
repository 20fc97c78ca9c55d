// The database of the tests: the record shop of schema.sql.
import { readFile } from 'node:fs/promises'
import pg from 'pg'

/** What the tests need of a server's settings. */
export const settings = { PGRST_DB_TX_END: 'commit-allow-override', PGRST_DB_EXTRA_SEARCH_PATH: 'public,extensions' }

/** Runs SQL as the owner of the database, and gives the rows of the last statement. */
export async function sql({ database_url }, text) {
  const db = new pg.Client(database_url)
  await db.connect()
  const result = await db.query(text).finally(() => db.end())
  return [result].flat().at(-1).rows
}

/** Fills an empty database, and notes which table can be asked for a map: one of points, where there is PostGIS. */
export async function load(shop) {
  await sql(shop, await readFile(new URL('schema.sql', import.meta.url), 'utf8'))
  const [{ places }] = await sql(shop, "select to_regclass('public.places') as places")
  shop.places = places ? 'places' : 'shelves'
}
