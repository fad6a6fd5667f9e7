-- What the card says about one record, b.contact_id or else b.account_id: a JSON object, or null where he may not see it.
-- Each part by its own team: a person one may see can have a company, notes and tasks that one may not.
(select json_build_object(
    'contact', case when c.id is null then null else json_build_object(
        'id', c.id, 'first_name', c.first_name, 'last_name', c.last_name, 'job_title', c.job_title, 'stage', c.stage,
        'language', c.language, 'do_not_call', c.do_not_call, 'is_vip', c.is_vip, 'alert', c.alert,
        'address', c.address, 'description', c.description, 'custom', c.custom,
        'owner', (select u.name from crm_user u where u.id = c.owner_id)) end,
    'account', case when a.id is null then null else json_build_object(
        'id', a.id, 'name', a.name, 'alert', a.alert, 'website', a.website, 'address', a.address,
        'description', a.description, 'custom', a.custom) end,
    'numbers', (
        select json_agg(json_build_object(
            'id', n.id, 'number', n.number, 'extension', n.extension, 'kind', n.kind, 'is_shared', n.is_shared,
            'confirmed_at', n.confirmed_at) order by n.id)
        from crm_phonenumber n
        where n.contact_id = c.id or n.account_id = of.account_id),
    'emails', (
        select json_agg(e.address order by e.id)
        from crm_emailaddress e
        where e.contact_id = c.id or e.account_id = of.account_id),
    'activities', (
        select json_agg(row_to_json(x))
        from (
            (select h.* from crm_activity h
             where h.contact_id = c.id and (h.team_id is null or eye.sees_all or h.team_id = any (eye.teams))
             order by h.time desc, h.id desc limit 16)
            union all
            (select h.* from crm_activity h
             where h.account_id = of.account_id and (h.team_id is null or eye.sees_all or h.team_id = any (eye.teams))
             order by h.time desc, h.id desc limit 16)) h
        cross join lateral (
            select h.id, h.activity_id, h.type, h.status, h.direction, h.time, h.answered_at, h.duration_seconds, h.title,
                   h.note, coalesce(u.name, h.user_name) as user_name, o.title as outcome
            from (select) nothing
            left join crm_user u on u.id = h.user_id
            left join crm_outcome o on o.id = h.outcome_id) x),
    'tasks', (
        select json_agg(row_to_json(t))
        from (
            select t.id, t.title, t.due_at, t.is_call_back, u.name as user_name
            from (  -- not one select with an "or": that would walk through everybody's open tasks in order of time
                (select t.* from crm_task t
                 where t.contact_id = c.id and t.done_at is null
                       and (t.team_id is null or eye.sees_all or t.team_id = any (eye.teams))
                 order by t.due_at, t.id limit 5)
                union all
                (select t.* from crm_task t
                 where t.account_id = of.account_id and t.done_at is null
                       and (t.team_id is null or eye.sees_all or t.team_id = any (eye.teams))
                 order by t.due_at, t.id limit 5)) t
            left join crm_user u on u.id = t.user_id
            order by t.due_at, t.id
            limit 5) t),
    'cases', (
        select json_agg(k.title)
        from (
            (select k.title from crm_ticket k
             where k.contact_id = c.id and k.stage in ('OPEN', 'WAIT')
                   and (k.team_id is null or eye.sees_all or k.team_id = any (eye.teams))
             order by k.opened_at desc limit 4)
            union all
            (select k.title from crm_ticket k
             where k.account_id = of.account_id and k.stage in ('OPEN', 'WAIT')
                   and (k.team_id is null or eye.sees_all or k.team_id = any (eye.teams))
             order by k.opened_at desc limit 4)) k))
 from eye
 left join crm_contact c on c.id = b.contact_id
 left join crm_account a on a.id = coalesce(b.account_id, c.account_id)
                         and a.hidden_at is null and (a.team_id is null or eye.sees_all or a.team_id = any (eye.teams))
 cross join lateral (select case when c.id is null then a.id end as account_id) of
 where case when c.id is null then a.id is not null
            else c.hidden_at is null and (c.team_id is null or eye.sees_all or c.team_id = any (eye.teams)) end)
