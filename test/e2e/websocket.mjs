// Gives Node older than 22 the WebSocket that supabase-js wants; for `node --import`.
import ws from 'ws'

globalThis.WebSocket ??= ws
