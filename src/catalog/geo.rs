//! Commands on geospatial indexes, which are sorted sets of geohashes.

use super::model::flags::*;
use super::model::key_flags::*;
use super::model::{
    Command, Finder, acl, behind, block, command, double, index, integer, key, one_of, string, word,
};

/// The rows of this group.
pub const TABLE: &[Command] = &[
    command("geoadd", -5, WRITE | DENYOOM, acl::GEO)
        .docs("3.2.0", "", "")
        .keys(&[index(1, RW | UPDATE)])
        .args(&[
            key("key", 0),
            one_of("condition", &[word("nx", "NX"), word("xx", "XX")]).opt().since("6.2.0"),
            word("change", "CH").opt().since("6.2.0"),
            block("data", &[double("longitude"), double("latitude"), string("member")]).many(),
        ]),
    command("geodist", -4, READONLY, acl::GEO).docs("3.2.0", "", "").keys(&[index(1, RO | ACCESS)]).args(&[
        key("key", 0),
        string("member1"),
        string("member2"),
        one_of("unit", &[word("m", "m"), word("km", "km"), word("ft", "ft"), word("mi", "mi")]).opt(),
    ]),
    command("geohash", -2, READONLY, acl::GEO)
        .docs("3.2.0", "", "")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), string("member").many().opt()]),
    command("geopos", -2, READONLY, acl::GEO)
        .docs("3.2.0", "", "")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[key("key", 0), string("member").many().opt()]),
    command("georadius", -6, WRITE | DENYOOM, acl::GEO)
        .docs("3.2.0", "", "")
        .deprecated("6.2.0", "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument")
        .keys(&[index(1, RO | ACCESS), behind("STORE", 6, OW | UPDATE), behind("STOREDIST", 6, OW | UPDATE)])
        .found_by(Finder::Georadius)
        .args(&[
            key("key", 0),
            double("longitude"),
            double("latitude"),
            double("radius"),
            one_of("unit", &[word("m", "m"), word("km", "km"), word("ft", "ft"), word("mi", "mi")]),
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
        .docs("3.2.10", "", "")
        .deprecated("6.2.0", "`GEOSEARCH` with the `BYRADIUS` argument")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            double("longitude"),
            double("latitude"),
            double("radius"),
            one_of("unit", &[word("m", "m"), word("km", "km"), word("ft", "ft"), word("mi", "mi")]),
            word("withcoord", "WITHCOORD").opt(),
            word("withdist", "WITHDIST").opt(),
            word("withhash", "WITHHASH").opt(),
            block("count-block", &[integer("count").token("COUNT"), word("any", "ANY").opt().since("6.2.0")])
                .opt(),
            one_of("order", &[word("asc", "ASC"), word("desc", "DESC")]).opt(),
        ]),
    command("georadiusbymember", -5, WRITE | DENYOOM, acl::GEO)
        .docs("3.2.0", "", "")
        .deprecated(
            "6.2.0",
            "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments",
        )
        .keys(&[index(1, RO | ACCESS), behind("STORE", 5, OW | UPDATE), behind("STOREDIST", 5, OW | UPDATE)])
        .found_by(Finder::Georadius)
        .args(&[
            key("key", 0),
            string("member"),
            double("radius"),
            one_of("unit", &[word("m", "m"), word("km", "km"), word("ft", "ft"), word("mi", "mi")]),
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
        .docs("3.2.10", "", "")
        .deprecated("6.2.0", "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments")
        .keys(&[index(1, RO | ACCESS)])
        .args(&[
            key("key", 0),
            string("member"),
            double("radius"),
            one_of("unit", &[word("m", "m"), word("km", "km"), word("ft", "ft"), word("mi", "mi")]),
            word("withcoord", "WITHCOORD").opt(),
            word("withdist", "WITHDIST").opt(),
            word("withhash", "WITHHASH").opt(),
            block("count-block", &[integer("count").token("COUNT"), word("any", "ANY").opt()]).opt(),
            one_of("order", &[word("asc", "ASC"), word("desc", "DESC")]).opt(),
        ]),
    command("geosearch", -7, READONLY, acl::GEO).docs("6.2.0", "", "").keys(&[index(1, RO | ACCESS)]).args(
        &[
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
        ],
    ),
    command("geosearchstore", -8, WRITE | DENYOOM, acl::GEO)
        .docs("6.2.0", "", "")
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
