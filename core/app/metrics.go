package app

import (
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pergola-dev/pergola/core/token"
)

// readings counts how often the schema was read.
type readings struct {
	succeeded, failed atomic.Int64
	lastTook          atomic.Int64 // nanoseconds; of the last one that succeeded
}

func (r *readings) add(took time.Duration, err error) {
	if err != nil {
		r.failed.Add(1)
		return
	}
	r.succeeded.Add(1)
	r.lastTook.Store(int64(took))
}

// metrics writes what PostgREST's metrics page has, by its names, in the text format of Prometheus 0.0.4.
func (a *App) metrics() string {
	var m metricsPage
	read := &a.schema.counted
	m.family("pgrst_schema_cache_query_time_seconds", "gauge", "The query time in seconds of the last schema cache load")
	m.sample("pgrst_schema_cache_query_time_seconds", time.Duration(read.lastTook.Load()).Seconds())
	m.family("pgrst_schema_cache_loads_total", "counter", "The total number of times the schema cache was loaded")
	m.sample(`pgrst_schema_cache_loads_total{status="SUCCESS"}`, float64(read.succeeded.Load()))
	m.sample(`pgrst_schema_cache_loads_total{status="FAIL"}`, float64(read.failed.Load()))
	pool := a.db.PoolStats()
	m.single("pgrst_db_pool_timeouts_total", "counter", "The total number of pool connection timeouts", pool.Timeouts)
	m.single("pgrst_db_pool_available", "gauge", "Available connections in the pool", int64(pool.Available))
	m.single("pgrst_db_pool_waiting", "gauge", "Requests waiting to acquire a pool connection", int64(pool.Waiting))
	m.single("pgrst_db_pool_max", "gauge", "Max pool connections", int64(pool.Max))
	cache := a.cacheStats()
	m.single("pgrst_jwt_cache_requests_total", "counter", "The total number of JWT cache lookups", cache.Requests)
	m.single("pgrst_jwt_cache_hits_total", "counter", "The total number of JWT cache hits", cache.Hits)
	m.single("pgrst_jwt_cache_evictions_total", "counter", "The total number of JWT cache evictions", cache.Evictions)
	return m.text.String()
}

// cacheStats are those of the verifier in force; a change of the keys makes a new one, which counts from 0. A verifier that
// the program brought has none.
func (a *App) cacheStats() token.CacheStats {
	if k := a.schema.current.Load(); k != nil {
		if v, ok := k.verifier.(*token.Verifier); ok {
			return v.CacheStats()
		}
	}
	return token.CacheStats{}
}

// metricsPage is a page in the making.
type metricsPage struct{ text strings.Builder }

// family begins a metric; help must hold neither a backslash nor the end of a line.
func (m *metricsPage) family(name, kind, help string) {
	fmt.Fprintf(&m.text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

func (m *metricsPage) sample(name string, value float64) {
	m.text.WriteString(name + " " + strconv.FormatFloat(value, 'g', -1, 64) + "\n")
}

// single is a metric with one sample.
func (m *metricsPage) single(name, kind, help string, value int64) {
	m.family(name, kind, help)
	m.sample(name, float64(value))
}
