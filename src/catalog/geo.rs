//! Commands on geospatial indexes, which are sorted sets of geohashes.

use super::model::flags::*;
use super::model::key_flags::*;
use super::model::{
    Command, Finder, acl, behind, block, command, double, index, integer, key, one_of, string, word,
};

/// The rows of this group.
pub const TABLE: &[Command] = &[
    command("geoadd", -5, WRITE | DENYOOM, acl::GEO)
        .docs(
            "3.2.0",
            "O(log(N)) per item for a set of N",
            "Adds members with their coordinates to a geospatial index.",
        )
        .history(&[("6.2.0", "CH, NX and XX")])
        .keys(&[index(1, RW | UPDATE)])
        .args(&[
            key("key", 0),
            one_of("condition", &[word("nx", "NX"), word("xx", "XX")]).opt().since("6.2.0"),
            word("change", "CH").opt().since("6.2.0"),
            block("data", &[double("longitude"), double("latitude"), string("member")]).many(),
        ]),
    command("geodist", -4, READONLY, acl::GEO)
        .docs("3.2.0", "O(1)", "Gives the distance between two members.")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            string("member1"),
            string("member2"),
            one_of("unit", &[word("m", "M"), word("km", "KM"), word("ft", "FT"), word("mi", "MI")]).opt(),
        ]),
    command("geohash", -2, READONLY, acl::GEO)
        .docs("3.2.0", "O(1) per member", "Gives the geohash strings of members.")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), string("member").many().opt()]),
    command("geopos", -2, READONLY, acl::GEO)
        .docs("3.2.0", "O(1) per member", "Gives the coordinates of members.")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), string("member").many().opt()]),
    command("georadius", -6, WRITE | DENYOOM, acl::GEO)
        .docs(
            "3.2.0",
            "O(N+log(M)) for N members in the circle's bounding box and an index of M",
            "Finds members within a distance of a point; may store them.",
        )
        .deprecated("6.2.0", "GEOSEARCH and GEOSEARCHSTORE with BYRADIUS")
        .history(&[("6.2.0", "ANY"), ("7.0.0", "unit names in upper case")])
        .keys(&[index(1, RO | ACCESS), behind("STORE", 6, OW | UPDATE), behind("STOREDIST", 6, OW | UPDATE)])
        .found_by(Finder::Georadius)
        .args(&[
            key("key", 0),
            double("longitude"),
            double("latitude"),
            double("radius"),
            one_of("unit", &[word("m", "M"), word("km", "KM"), word("ft", "FT"), word("mi", "MI")]),
            word("withcoord", "WITHCOORD").opt(),
            word("withdist", "WITHDIST").opt(),
            word("withhash", "WITHHASH").opt(),
            block("count-block", &[integer("count").token("COUNT"), word("any", "ANY").opt().since("6.2.0")])
                .opt(),
            one_of("order", &[word("asc", "ASC"), word("desc", "DESC")]).opt(),
            one_of(
                "store",
                &[
                    key("storekey", 1).token("STORE").display("key"),
                    key("storedistkey", 2).token("STOREDIST").display("key"),
                ],
            )
            .opt(),
        ]),
    command("georadius_ro", -6, READONLY, acl::GEO)
        .docs(
            "3.2.10",
            "O(N+log(M)) for N members in the circle's bounding box and an index of M",
            "Finds members within a distance of a point.",
        )
        .deprecated("6.2.0", "GEOSEARCH with BYRADIUS")
        .history(&[("6.2.0", "ANY")])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            double("longitude"),
            double("latitude"),
            double("radius"),
            one_of("unit", &[word("m", "M"), word("km", "KM"), word("ft", "FT"), word("mi", "MI")]),
            word("withcoord", "WITHCOORD").opt(),
            word("withdist", "WITHDIST").opt(),
            word("withhash", "WITHHASH").opt(),
            block("count-block", &[integer("count").token("COUNT"), word("any", "ANY").opt().since("6.2.0")])
                .opt(),
            one_of("order", &[word("asc", "ASC"), word("desc", "DESC")]).opt(),
        ]),
    command("georadiusbymember", -5, WRITE | DENYOOM, acl::GEO)
        .docs(
            "3.2.0",
            "O(N+log(M)) for N members in the circle's bounding box and an index of M",
            "Finds members within a distance of a member; may store them.",
        )
        .deprecated("6.2.0", "GEOSEARCH and GEOSEARCHSTORE with BYRADIUS and FROMMEMBER")
        .history(&[("7.0.0", "unit names in upper case")])
        .keys(&[index(1, RO | ACCESS), behind("STORE", 5, OW | UPDATE), behind("STOREDIST", 5, OW | UPDATE)])
        .found_by(Finder::Georadius)
        .args(&[
            key("key", 0),
            string("member"),
            double("radius"),
            one_of("unit", &[word("m", "M"), word("km", "KM"), word("ft", "FT"), word("mi", "MI")]),
            word("withcoord", "WITHCOORD").opt(),
            word("withdist", "WITHDIST").opt(),
            word("withhash", "WITHHASH").opt(),
            block("count-block", &[integer("count").token("COUNT"), word("any", "ANY").opt()]).opt(),
            one_of("order", &[word("asc", "ASC"), word("desc", "DESC")]).opt(),
            one_of(
                "store",
                &[
                    key("storekey", 1).token("STORE").display("key"),
                    key("storedistkey", 2).token("STOREDIST").display("key"),
                ],
            )
            .opt(),
        ]),
    command("georadiusbymember_ro", -5, READONLY, acl::GEO)
        .docs(
            "3.2.10",
            "O(N+log(M)) for N members in the circle's bounding box and an index of M",
            "Finds members within a distance of a member.",
        )
        .deprecated("6.2.0", "GEOSEARCH with BYRADIUS and FROMMEMBER")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            string("member"),
            double("radius"),
            one_of("unit", &[word("m", "M"), word("km", "KM"), word("ft", "FT"), word("mi", "MI")]),
            word("withcoord", "WITHCOORD").opt(),
            word("withdist", "WITHDIST").opt(),
            word("withhash", "WITHHASH").opt(),
            block("count-block", &[integer("count").token("COUNT"), word("any", "ANY").opt()]).opt(),
            one_of("order", &[word("asc", "ASC"), word("desc", "DESC")]).opt(),
        ]),
    command("geosearch", -7, READONLY, acl::GEO)
        .docs(
            "6.2.0",
            "O(N+log(M)) for N members in the shape's bounding box and M inside the shape",
            "Finds members inside a circle, a box or a polygon.",
        )
        .history(&[("7.0.0", "unit names in upper case"), ("9.0.0", "BYPOLYGON (Valkey)")])
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            one_of(
                "from",
                &[
                    string("member").token("FROMMEMBER"),
                    block("fromlonlat", &[double("longitude"), double("latitude")]).token("FROMLONLAT"),
                ],
            )
            .opt(),
            one_of(
                "by",
                &[
                    block(
                        "circle",
                        &[
                            double("radius").token("BYRADIUS"),
                            one_of(
                                "unit",
                                &[word("m", "M"), word("km", "KM"), word("ft", "FT"), word("mi", "MI")],
                            ),
                        ],
                    ),
                    block(
                        "box",
                        &[
                            double("width").token("BYBOX"),
                            double("height"),
                            one_of(
                                "unit",
                                &[word("m", "M"), word("km", "KM"), word("ft", "FT"), word("mi", "MI")],
                            ),
                        ],
                    ),
                    block(
                        "polygon",
                        &[
                            integer("num-vertices").token("BYPOLYGON"),
                            block("vertices", &[double("longitude"), double("latitude")]).many(),
                        ],
                    )
                    .since("9.0.0"),
                ],
            ),
            one_of("order", &[word("asc", "ASC"), word("desc", "DESC")]).opt(),
            block("count-block", &[integer("count").token("COUNT"), word("any", "ANY").opt()]).opt(),
            word("withcoord", "WITHCOORD").opt(),
            word("withdist", "WITHDIST").opt(),
            word("withhash", "WITHHASH").opt(),
        ]),
    command("geosearchstore", -8, WRITE | DENYOOM, acl::GEO)
        .docs(
            "6.2.0",
            "O(N+log(M)) for N members in the shape's bounding box and M inside the shape",
            "Finds members inside a circle, a box or a polygon and stores them.",
        )
        .history(&[("7.0.0", "unit names in upper case"), ("9.0.0", "BYPOLYGON (Valkey)")])
        .keys(&[index(1, OW | UPDATE), index(2, RO | ACCESS)])
        .args(&[
            key("destination", 0),
            key("source", 1),
            one_of(
                "from",
                &[
                    string("member").token("FROMMEMBER"),
                    block("fromlonlat", &[double("longitude"), double("latitude")]).token("FROMLONLAT"),
                ],
            )
            .opt(),
            one_of(
                "by",
                &[
                    block(
                        "circle",
                        &[
                            double("radius").token("BYRADIUS"),
                            one_of(
                                "unit",
                                &[word("m", "M"), word("km", "KM"), word("ft", "FT"), word("mi", "MI")],
                            ),
                        ],
                    ),
                    block(
                        "box",
                        &[
                            double("width").token("BYBOX"),
                            double("height"),
                            one_of(
                                "unit",
                                &[word("m", "M"), word("km", "KM"), word("ft", "FT"), word("mi", "MI")],
                            ),
                        ],
                    ),
                    block(
                        "polygon",
                        &[
                            integer("num-vertices").token("BYPOLYGON"),
                            block("vertices", &[double("longitude"), double("latitude")]).many(),
                        ],
                    )
                    .since("9.0.0"),
                ],
            ),
            one_of("order", &[word("asc", "ASC"), word("desc", "DESC")]).opt(),
            block("count-block", &[integer("count").token("COUNT"), word("any", "ANY").opt()]).opt(),
            word("storedist", "STOREDIST").opt(),
        ]),
];
