// Package plan gives a request its meaning in one schema: names become relations, columns and functions, embeds become a
// tree of joins, conditions become typed expressions.
//
// Build is pure: a query.Request, a catalog.Snapshot and Rules in, a Plan or a fault out. It decides what is asked for and
// refuses what cannot be; it decides nothing about who may ask (policy does, on the finished plan) and writes no SQL
// (sqlgen does).
package plan
