drop event trigger if exists pergola_schema_changed;
drop event trigger if exists pergola_schema_dropped;
drop function if exists pergola.schema_changed();
do $$
begin
  drop schema if exists pergola;
exception
  when dependent_objects_still_exist then null; -- somebody else's things are in it
end
$$;
