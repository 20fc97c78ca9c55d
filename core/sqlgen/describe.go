package sqlgen

import "github.com/pergola-dev/pergola/core/plan"

// usableSQL asks what the current role may use of the schema whose name follows. Any right to a relation or to one of its
// columns counts, as in PostgREST; so do those of the owner's own role.
const usableSQL = `
select json_build_object(
         'relations',
         (select coalesce(json_agg(c.relname), '[]')
            from pg_catalog.pg_class c
           where c.relnamespace = n.oid
             and c.relkind in ('r', 'p', 'v', 'm', 'f')
             and (pg_has_role(c.relowner, 'usage')
                  or has_table_privilege(c.oid, 'select, insert, update, delete, truncate, references, trigger')
                  or has_any_column_privilege(c.oid, 'select, insert, update, references'))),
         'functions',
         (select coalesce(json_object_agg(p.oid, cast(cast(p.proargtypes as regtype[]) as text[])), '{}')
            from pg_catalog.pg_proc p
           where p.pronamespace = n.oid
             and p.prokind = 'f'
             and has_function_privilege(p.oid, 'execute')))
  from pg_catalog.pg_namespace n
 where n.nspname = `

// rightsSQL asks what the current role may do in the schema whose name follows. A right to a whole relation stands as null;
// only without it is each column asked for, since a schema may have many. Nothing can be done in a schema whose names the
// role may not use.
const rightsSQL = `
select json_build_object(
         'relations',
         (select coalesce(json_agg(json_build_object(
                   'name', c.relname,
                   'select', case when has_table_privilege(c.oid, 'select') then null else (
                     select coalesce(json_agg(a.attname), '[]')
                       from pg_catalog.pg_attribute a
                      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                        and has_column_privilege(c.oid, a.attnum, 'select')) end,
                   'insert', case when has_table_privilege(c.oid, 'insert') then null else (
                     select coalesce(json_agg(a.attname), '[]')
                       from pg_catalog.pg_attribute a
                      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                        and has_column_privilege(c.oid, a.attnum, 'insert')) end,
                   'update', case when has_table_privilege(c.oid, 'update') then null else (
                     select coalesce(json_agg(a.attname), '[]')
                       from pg_catalog.pg_attribute a
                      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                        and has_column_privilege(c.oid, a.attnum, 'update')) end,
                   'delete', has_table_privilege(c.oid, 'delete'))), '[]')
            from pg_catalog.pg_class c
           where c.relnamespace = n.oid
             and c.relkind in ('r', 'p', 'v', 'm', 'f')
             and has_schema_privilege(n.oid, 'usage')
             and (has_table_privilege(c.oid, 'select, insert, update, delete')
                  or has_any_column_privilege(c.oid, 'select, insert, update'))),
         'functions',
         (select coalesce(json_object_agg(p.oid, cast(cast(p.proargtypes as regtype[]) as text[])), '{}')
            from pg_catalog.pg_proc p
           where p.pronamespace = n.oid
             and p.prokind = 'f'
             and has_schema_privilege(n.oid, 'usage')
             and has_function_privilege(p.oid, 'execute')))
  from pg_catalog.pg_namespace n
 where n.nspname = `

// describe writes the statement that tells what the caller may use of a schema. Where that is not asked it still runs, so
// that the caller passes whatever stands before every request.
func (c *compiler) describe(d plan.Describe) {
	a := answer{encoding: plan.NoBody{}, value: valueName}
	asked := !d.Everything && !d.HeadersOnly
	if asked {
		a.encoding = plan.Verbatim{}
	}
	c.answer(a)
	if !asked {
		c.put(" from (select 1) as ", rowAlias)
		return
	}
	question := usableSQL
	if d.Rights {
		question = rightsSQL
	}
	c.put(" from (", question)
	c.param(d.Schema)
	c.put(") as ", rowAlias, "(", valueName, ")")
}
