-- What is laid down for the calls of one queue, as of this mark: it is kept until the mark is another (widget/house.py).
with queue as materialized (
    select * from crm_queue where slug = %(queue)s
)
select json_build_object(
    'mark', (select value from widget_mark),
    'origins', (select json_agg(origin) from integrations_connection where is_enabled and connector = 'daktela'),
    'queue', (
        select json_build_object(
            'id', q.id, 'slug', q.slug, 'name', q.name, 'title', q.title, 'source', q.source, 'country', q.country,
            'time_zone', q.time_zone, 'own', q.own_numbers, 'ignored', q.ignored_numbers,
            'outcome_is_required', q.outcome_is_required, 'wrapup_seconds', q.wrapup_seconds,
            'outcomes', (
                select json_agg(json_build_object('id', o.id, 'title', o.title, 'asks', o.asks_call_back)
                                order by x.position, x.id)
                from crm_queueoutcome x
                join crm_outcome o on o.id = x.outcome_id
                where x.queue_id = q.id),
            'fields', (
                select json_agg(json_build_object('key', f.key, 'title', f.title, 'kind', f.kind, 'choices', f.choices,
                                                  'is_required', f.is_required) order by f.position, f.title)
                from crm_queue_wrapup_fields w
                join crm_customfield f on f.id = w.customfield_id
                where w.queue_id = q.id))
        from queue q),
    'rules', (
        select json_agg(row_to_json(r))
        from widget_screenpoprule r
        where r.queue_id is null or r.queue_id = (select id from queue)),
    'outcome_titles', (select json_agg(json_build_array(o.id, o.title)) from crm_outcome o),
    'user_names', (select json_agg(json_build_array(u.id, u.name)) from crm_user u),
    'custom_titles', (select json_object_agg(f.key, f.title) from crm_customfield f where f.record <> 'activity')
)::text
