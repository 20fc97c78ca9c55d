-- Tells the API that the schema has changed, when the change is committed. Temporary objects do not count.
create schema if not exists pergola;

create or replace function pergola.schema_changed() returns event_trigger
language plpgsql
set search_path = ''
as $$
begin
  if tg_event = 'sql_drop' then
    perform pg_catalog.pg_notify(:'channel', 'reload schema')
    from pg_catalog.pg_event_trigger_dropped_objects() as o
    where not o.is_temporary
    limit 1;
  else
    perform pg_catalog.pg_notify(:'channel', 'reload schema')
    from pg_catalog.pg_event_trigger_ddl_commands() as c
    where c.schema_name is distinct from 'pg_temp'
    limit 1;
  end if;
end
$$;

drop event trigger if exists pergola_schema_changed;
drop event trigger if exists pergola_schema_dropped;
create event trigger pergola_schema_changed on ddl_command_end execute function pergola.schema_changed();
create event trigger pergola_schema_dropped on sql_drop execute function pergola.schema_changed();
