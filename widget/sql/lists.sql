-- One record with its lists: those of the person, or those of the company.
json_build_object(
    'contact', c.told,
    'account', a.told,
    'numbers', array(
        select json_build_object('number', n.number, 'extension', n.extension, 'kind', n.kind)
        from crm_phonenumber n
        where n.{of}
        order by n.id),
    'emails', array(select e.address from crm_emailaddress e where e.{of} order by e.id),
    'activities', array(  -- in the order of widget.story.Told
        select json_build_array(
            h.type, h.direction, h.status = 'closed' and h.answered_at is null, date_part('epoch', h.time),
            h.duration_seconds, coalesce(nullif(left(h.note, 280), ''), h.title),
            h.user_id, h.user_name, h.outcome_id)
        from crm_activity h
        where h.{of} and (h.team_id is null or eye.sees_all or h.team_id = any (eye.teams)) and h.id <> all (b.this_call)
        order by h.time desc, h.id desc
        limit 10),
    'tasks', array(
        select json_build_object('title', t.title, 'due_at', t.due_at, 'is_call_back', t.is_call_back)
        from crm_task t
        where t.{of} and t.done_at is null and (t.team_id is null or eye.sees_all or t.team_id = any (eye.teams))
        order by t.due_at, t.id
        limit 5),
    'cases', array(
        select k.title
        from crm_ticket k
        where k.{of} and k.stage in ('OPEN', 'WAIT') and (k.team_id is null or eye.sees_all or k.team_id = any (eye.teams))
        order by k.opened_at desc
        limit 4))
