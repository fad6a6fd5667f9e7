-- A crowd of customers, straight into the product's own tables: {contacts} contacts with {each} activities each.
--
-- What a row holds follows from its number alone, so the same crowd comes out every time. Multiplied by a number that
-- shares no factor with what follows the %, neighbours are scattered and nobody is hit twice: a contact's activities
-- lie all over the table, as they do when years of calls come in one after another.

-- accounts
insert into crm_account (id, team_id, custom, name, website, address, description, alert)
select i,
       case when i % 2 = 0 then {team} end,
       jsonb_build_object('segment', 'S' || i % 9),
       initcap(syllable[1 + i % 32] || syllable[1 + i / 32 % 32] || syllable[1 + i / 1024 % 32]) || ' ' || i || ' s.r.o.',
       'https://company' || i || '.example',
       'Dlouhá ' || 1 + i % 90 || ', 110 00 Praha',
       '',
       case when i % 50 = 0 then 'Invoice overdue since October' else '' end
from generate_series(1::bigint, {accounts}) i, {syllables};

-- contacts
insert into crm_contact (
    id, team_id, custom, changed_at, first_name, last_name, account_id, job_title, stage, language, do_not_call, is_vip,
    alert, address, description, owner_id)
select i,
       case when i % 2 = 0 then {team} end,
       jsonb_build_object('segment', 'S' || i % 9, 'contract', 'C-' || i, 'tariff', 'Tariff ' || i % 12, 'since', 2010 + i % 16,
                          'newsletter', i % 3 = 0, 'branch', 'Branch ' || i % 40),
       now() - i % 90000 * interval '1 minute',
       first_name[1 + i % 24],
       initcap(syllable[1 + i / 24 % 32] || syllable[1 + i / 768 % 32] || syllable[1 + i / 24576 % 32]) || 'ová',
       {account},
       case when i % 5 < 3 then 'Head of purchasing' else '' end,
       case when i % 10 = 0 then 'lead' else 'customer' end,
       'cs',
       i % 200 = 0,
       i % 100 = 0,
       case when i % 40 = 0 then 'Complaint of last week is open' else '' end,
       'Vinohradská ' || 1 + i % 190 || ', 120 00 Praha',
       'Prefers to be called in the morning.',
       {user}
from generate_series(1::bigint, {contacts}) i, {syllables},
     (select array['Jan', 'Petr', 'Jiří', 'Josef', 'Pavel', 'Martin', 'Tomáš', 'Jaroslav', 'Miroslav', 'Zdeněk', 'Marie', 'Jana',
                   'Eva', 'Hana', 'Anna', 'Věra', 'Lenka', 'Alena', 'Lucie', 'Kateřina', 'Ľubica', 'Štefan', 'Jürgen', 'Łukasz']
      as first_name) f;

-- numbers: a mobile each, an office number for every second, and one home number for each five of a hundred
insert into crm_phonenumber (contact_id, account_id, number, extension, written, kind, is_shared, confirmed_at)
select i, null::bigint, {mobile}, '', '', 'mobile', false, case when i % 3 = 0 then now() - i % 300 * interval '1 day' end
from generate_series(1::bigint, {contacts}) i
union all
select i, null, '+420' || 200000000 + i * 73856093 % 300000000, case when i % 8 = 0 then '12' else '' end, '', 'work', false, null
from generate_series(2::bigint, {contacts}, 2) i
union all
select i, null, '+420' || 800000000 + i / 100, '', '', 'home', false, null
from generate_series(1::bigint, {contacts}) i
where i % 100 < 5
union all
select null, i, '+420' || 500000000 + i * 7385609 % 100000000, '', '', 'switchboard', false, null
from generate_series(1::bigint, {accounts}) i;

-- addresses
insert into crm_emailaddress (contact_id, address)
select i, 'customer' || i || '@example.com'
from generate_series(1::bigint, {contacts}) i;

-- calls: three activities of five
insert into crm_call (
    id, team_id, custom, source, call_id, direction, number, queue_id, contact_id, account_id, started_at, answered_at, ended_at,
    duration_seconds)
select n + 1, case when i % 2 = 0 then {team} end, '{{}}', 'daktela', '1WS.' || n, {direction}, {mobile}, {queue}, i, {account},
       {time}, case when n % 7 > 0 then {time} end, {time}, n % 600
from generate_series(0::bigint, {contacts}::bigint * {each} - 1) n, {contact}
where {is_call};

-- activities
insert into crm_activity (
    id, team_id, custom, source, activity_id, type, status, direction, call_id, queue_id, user_id, user_name, number, contact_id,
    account_id, link, title, text, note, outcome_id, time, answered_at, closed_at, duration_seconds, done_at)
select n + 1, case when i % 2 = 0 then {team} end, '{{}}', 'daktela', 'activities_' || lpad(to_hex(n), 20, '0'),
       (array['CALL', 'CALL', 'CALL', 'EMAIL', 'CHAT'])[1 + (n + n / {contacts}) % 5], 'closed', {direction},
       case when {is_call} then n + 1 end, {queue}, {user}, '', case when {is_call} then {mobile} else '' end, i,
       {account}, 'auto', 'Order ' || n || ': ' || topic[1 + n % 4], '',
       case when n % 2 = 0 then 'Order ' || n || ': he asked about it again and will call back when it has not come.' else '' end,
       case when {is_call} then {outcome} end,
       {time}, case when n % 7 > 0 then {time} end, {time}, n % 600, {time}
from generate_series(0::bigint, {contacts}::bigint * {each} - 1) n, {contact},
     (select array['delivery', 'invoice', 'complaint', 'change of address'] as topic) t;

-- tasks: what some contacts are promised
insert into crm_task (team_id, custom, title, text, due_at, is_call_back, contact_id, account_id, number, user_id, done_at)
select case when i % 2 = 0 then {team} end, '{{}}', 'Send the offer ' || i, '', now() + i % 90 * interval '1 hour', i % 20 = 0, i,
       {account}, '', {user}, case when i % 30 = 0 then now() end
from generate_series({tasks_every}::bigint, {contacts}, {tasks_every}) i;
