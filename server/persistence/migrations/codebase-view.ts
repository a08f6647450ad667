import { Migration } from '@mikro-orm/migrations';

/**
 * `SWDPackageCodebase` for the query of KB 179701 and the tools built on it: where each package
 * can be had now, in its current internalVersion `iv`. `{GUID}` is braced and upper case; bases
 * lose their trailing separators; UNC is written `FILE:` with slashes. Rows of a package:
 *
 * - the SMP, when the package is LOCAL and VERIFIED:
 *   `public_url` + `/Altiris/PackageShare/{GUID}/iv/` (type http or https by its scheme) and
 *   `unc_root` + `/{GUID}/viv` (type unc), each when the base exists and the setting
 *   `smpPublication` has the type on;
 * - each enabled package server whose holding is READY and has `iv`: a CANOPY server's `http_url`,
 *   `https_url` and `unc_root` with the same paths; a LEGACY server's claimed URLs verbatim, typed
 *   by their scheme. Types are the server's own, else the setting `packageServerPublication`;
 * - the package's own UNC or URL source, always.
 *
 * `source` is the name of the package server, else of the SMP. Without a stored `settings` row the
 * defaults are UNC and HTTP on, HTTPS off. Without an `smp` row the view is empty.
 */
export class CodebaseView extends Migration {
  override up(): void {
    this.addSql(VIEW);
  }
}

/** Nothing is materialized, so that a condition on `packageid` reaches the tables' indexes. */
const VIEW = String.raw`
create view swdpackagecodebase as
with offered as not materialized (
  select p.id, p.internal_version, p.source as own_source, p.source_state, p.origin,
    '{' || upper(p.id::text) || '}' as braced,
    m.name as smp_name, rtrim(m.public_url, '/') as smp_url, m.unc_root as smp_unc_root,
    rtrim(m.public_url, '/') || '/Altiris/NS/Agent/' || p.internal_version
      || '/GetPackageSnapshot.aspx' as snapshot,
    coalesce(s.smp_publication, '{"unc": true, "http": true, "https": false}') as smp_types,
    coalesce(s.package_server_publication, '{"unc": true, "http": true, "https": false}')
      as package_server_types
  from package p
  join smp m on m.id = 1
  left join settings s on s.id = 'settings'
),
served as not materialized (
  select o.id, o.braced, o.internal_version, o.snapshot, s.name as source, h.claimed_urls, s.kind,
    s.http_url, s.https_url, s.unc_root,
    coalesce(s.publication_types, o.package_server_types) as types
  from offered o
  join holding h on h.package_id = o.id and h.status = 'READY'
    and h.held @> jsonb_build_array(jsonb_build_object('internalVersion', o.internal_version))
  join package_server s on s.id = h.package_server_id and s.enabled
),
bases as not materialized (
  select o.id, o.braced, o.internal_version, o.snapshot, o.smp_name as source,
    o.smp_types as types, b.type, b.base
  from offered o cross join lateral (
    values (case when lower(o.smp_url) like 'https:%' then 'https' else 'http' end, o.smp_url),
      ('unc', o.smp_unc_root)
  ) as b (type, base) where o.origin = 'LOCAL' and o.source_state = 'VERIFIED'
  union all
  select id, braced, internal_version, snapshot, source, types, b.type, b.base
  from served cross join lateral (
    values ('http', http_url), ('https', https_url), ('unc', unc_root)
  ) as b (type, base) where kind = 'CANOPY'
)
select id as packageid,
  case type
    when 'unc' then 'FILE:' || replace(rtrim(base, '\/'), '\', '/')
      || '/' || braced || '/v' || internal_version
    else rtrim(base, '/') || '/Altiris/PackageShare/' || braced || '/' || internal_version || '/'
  end as url, source, snapshot
from bases where base <> '' and (types ->> type)::boolean
union all
select id, c.url, source, snapshot
from served cross join lateral jsonb_array_elements_text(claimed_urls) as c (url)
where kind = 'LEGACY' and (types ->> case
  when lower(c.url) like 'https:%' then 'https'
  when lower(c.url) like 'http:%' then 'http'
  else 'unc' end)::boolean
union all
select id,
  case own_source ->> 'kind'
    when 'UNC' then 'FILE:' || replace(own_source ->> 'path', '\', '/')
    else own_source ->> 'url'
  end, smp_name, snapshot
from offered where own_source ->> 'kind' in ('UNC', 'URL')`;
