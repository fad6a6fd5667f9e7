-- What the card says about the best record, contact_id or else account_id: a JSON object, or null where he may not see it.
-- Each part by its own team: a person one may see can have a company, notes and tasks that one may not.
-- A person's card tells what is the person's, a company's what is the company's: of two lists one is always empty.
select json_build_object(
    'contact', case when c.id is not null then json_build_object(
        'id', c.id, 'first_name', c.first_name, 'last_name', c.last_name, 'job_title', c.job_title, 'stage', c.stage,
        'language', c.language, 'do_not_call', c.do_not_call, 'is_vip', c.is_vip, 'alert', c.alert,
        'address', c.address, 'description', c.description, 'custom', c.custom,
        'owner', (select u.name from crm_user u where u.id = c.owner_id)) end,
    'account', case when a.id is not null then json_build_object(
        'id', a.id, 'name', a.name, 'alert', a.alert, 'website', a.website, 'address', a.address,
        'description', a.description, 'custom', a.custom) end,
    'numbers', (
        select json_agg(json_build_object('number', n.number, 'extension', n.extension, 'kind', n.kind) order by n.id)
        from (
            select n.number, n.extension, n.kind, n.id from crm_phonenumber n where n.contact_id = c.id
            union all
            select n.number, n.extension, n.kind, n.id from crm_phonenumber n where n.account_id = of.account_id) n),
    'emails', (
        select json_agg(e.address order by e.id)
        from (
            select e.address, e.id from crm_emailaddress e where e.contact_id = c.id
            union all
            select e.address, e.id from crm_emailaddress e where e.account_id = of.account_id) e),
    'activities', (  -- in the order of widget.story.Told
        select json_agg(json_build_array(
            h.type, h.direction, h.status = 'closed' and h.answered_at is null, date_part('epoch', h.time),
            h.duration_seconds, coalesce(nullif(left(h.note, 280), ''), h.title),
            coalesce((select u.name from crm_user u where u.id = h.user_id), h.user_name), h.outcome_id))
        from (
            (select h.* from crm_activity h
             where h.contact_id = c.id and (h.team_id is null or eye.sees_all or h.team_id = any (eye.teams))
                   and h.id <> all (b.this_call)
             order by h.time desc, h.id desc limit 10)
            union all
            (select h.* from crm_activity h
             where h.account_id = of.account_id and (h.team_id is null or eye.sees_all or h.team_id = any (eye.teams))
                   and h.id <> all (b.this_call)
             order by h.time desc, h.id desc limit 10)) h),
    'tasks', (
        select json_agg(row_to_json(t))
        from (
            (select t.title, t.due_at, t.is_call_back, t.id from crm_task t
             where t.contact_id = c.id and t.done_at is null
                   and (t.team_id is null or eye.sees_all or t.team_id = any (eye.teams))
             order by t.due_at, t.id limit 5)
            union all
            (select t.title, t.due_at, t.is_call_back, t.id from crm_task t
             where t.account_id = of.account_id and t.done_at is null
                   and (t.team_id is null or eye.sees_all or t.team_id = any (eye.teams))
             order by t.due_at, t.id limit 5)) t),
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
from best b
left join crm_contact c on c.id = b.contact_id
left join crm_account a on a.id = coalesce(b.account_id, c.account_id)
                        and a.hidden_at is null and (a.team_id is null or eye.sees_all or a.team_id = any (eye.teams))
cross join lateral (select case when c.id is null then a.id end as account_id) of
where case when c.id is null then a.id is not null
      else c.hidden_at is null and (c.team_id is null or eye.sees_all or c.team_id = any (eye.teams)) end
