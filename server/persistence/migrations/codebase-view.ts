import { Migration } from '@mikro-orm/migrations';

/**
 * `SWDPackageCodebase` for the query of KB 179701 and the tools built on it: where each package
 * can be had, in its current internalVersion `iv`. The same rows as `listCodebases` in `catalog/`,
 * which a property test compares with it. `{GUID}` is braced and upper case; bases lose their
 * trailing separators; UNC is written `FILE:` with slashes. Rows of an enabled package with a
 * version:
 *
 * - the SMP, when it has read the bytes of `iv`: `public_url` +
 *   `/Altiris/PackageShare/{GUID}/iv/` (type http or https by its scheme) and `unc_root` +
 *   `/{GUID}/viv` (type unc), each when the base exists and `smpPublication` has the type on;
 * - each enabled package server that the package is assigned to and that holds `iv`. A CANOPY
 *   server holds it when it verified the snapshot's tree; its `http_url`, `https_url` and
 *   `unc_root` get the same paths. A LEGACY server's claimed URLs come as they are, typed by their
 *   scheme. Types are the server's own, else the setting `packageServerPublication`. No server is
 *   assigned a LOCAL package whose source is UNVERIFIED;
 * - the package's own UNC or URL source, always.
 *
 * A server belongs to the sites of its manual assignments and to the site of the longest subnet
 * that contains each of its addresses.
 *
 * `source` is the name of the package server, else of the SMP; `snapshot` is null for a version
 * without a snapshot. Without a stored `settings` row all three types are on. Without an `smp`
 * row the view is empty.
 */
export class CodebaseView extends Migration {
  override up(): void {
    this.addSql(codebaseView(`p.origin = 'LOCAL'`));
  }
}

// Not materialized, so that the condition of the one who asks reaches the indexes. The limits tell
// the planner that there is one row: it would guess hundreds, and compile the query for seconds.
const VIEW = String.raw`
create or replace view swdpackagecodebase as
with offered as not materialized (
  select p.id, p.internal_version, p.source, p.assignment_mode, p.package_server_ids, p.site_ids,
    '{' || upper(p.id::text) || '}' as braced,
    n.root_hash, n.root_hash is not null and IS_READ as own,
    p.source_state <> 'UNVERIFIED' or p.origin <> 'LOCAL' as assignable,
    m.name as smp_name, rtrim(m.public_url, '/') as smp_url, m.unc_root as smp_unc_root,
    coalesce(s.smp_publication, '{"unc": true, "http": true, "https": true}') as smp_types,
    coalesce(s.package_server_publication, '{"unc": true, "http": true, "https": true}')
      as package_server_types
  from package p cross join (select * from smp limit 1) m
  left join (select * from settings limit 1) s on true
  left join snapshot n on n.package_id = p.id and n.internal_version = p.internal_version
  where p.enabled and p.internal_version > 0
),
served as not materialized (
  select o.id, o.braced, o.internal_version, s.name as source, h.claimed_urls, s.kind,
    s.http_url, s.https_url, s.unc_root,
    coalesce(s.publication_types, o.package_server_types) as types
  from offered o
  join holding h on h.package_id = o.id
  join package_server s on s.id = h.package_server_id and s.enabled
  where o.assignable and o.root_hash is not null
    and h.held @> jsonb_build_array(
      jsonb_build_object('internalVersion', o.internal_version)
      || case s.kind when 'CANOPY' then jsonb_build_object('rootHash', o.root_hash) else '{}' end)
    and case o.assignment_mode
      when 'ALL' then true
      when 'INDIVIDUALLY' then o.package_server_ids ? s.id::text
      else exists (
        select from site t
        where o.site_ids ? t.id::text and (
          s.manual_site_ids ? t.id::text
          or exists (
            select from jsonb_array_elements_text(s.addresses) as a (address)
            cross join lateral (
              select site_id from subnet where network >>= a.address::inet
              order by masklen(network) desc limit 1
            ) as deciding
            where deciding.site_id = t.id
          )
        )
      )
    end
),
bases as not materialized (
  select id, braced, internal_version, smp_name as source, smp_types as types,
    case when lower(smp_url) like 'https:%' then 'https' else 'http' end as type, smp_url as base
  from offered where own
  union all
  select id, braced, internal_version, smp_name, smp_types, 'unc', smp_unc_root
  from offered where own
  union all
  select id, braced, internal_version, source, types, b.type, b.base
  from served cross join lateral (
    values ('http', http_url), ('https', https_url), ('unc', unc_root)
  ) as b (type, base) where kind = 'CANOPY'
),
codebases as not materialized (
  select id, source,
    case type
      when 'unc' then 'FILE:' || replace(rtrim(base, '\'), '\', '/')
        || '/' || braced || '/v' || internal_version
      else rtrim(base, '/') || '/Altiris/PackageShare/' || braced || '/' || internal_version || '/'
    end as url
  from bases where base <> '' and (types ->> type)::boolean
  union all
  select id, source,
    case c.type when 'file' then 'FILE:' || replace(substr(c.url, 6), '\', '/') else c.url end
  from served cross join lateral (
    select url, lower(split_part(url, ':', 1)) as type
    from jsonb_array_elements_text(claimed_urls) as claimed (url)
  ) as c
  where kind = 'LEGACY' and (types ->> case c.type when 'file' then 'unc' else c.type end)::boolean
  union all
  select id, smp_name, case offered.source ->> 'kind'
      when 'UNC' then 'FILE:' || replace(offered.source ->> 'path', '\', '/')
      else offered.source ->> 'url' end
  from offered where offered.source ->> 'kind' in ('UNC', 'URL')
)
select c.id as packageid, c.url, c.source,
  case when o.root_hash is not null then
    o.smp_url || '/Altiris/NS/Agent/' || o.internal_version || '/GetPackageSnapshot.aspx'
  end as snapshot
from codebases c join offered o on o.id = c.id`;

/** `isRead` says of package `p` and snapshot `n` whether this SMP has read the bytes. */
export function codebaseView(isRead: string): string {
  return VIEW.replace('IS_READ', () => isRead);
}
