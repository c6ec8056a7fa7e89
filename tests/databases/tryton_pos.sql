-- Tables of Tryton 8.2 with the module sale_point, as `pg_dump --schema-only` gives them; keys and constraints are left out.

create table currency_currency (
    id integer NOT NULL,
    active boolean DEFAULT false,
    code character varying(3) NOT NULL,
    create_date timestamp(6) without time zone,
    create_uid integer,
    digits integer NOT NULL,
    name character varying NOT NULL,
    numeric_code character varying(3),
    rounding numeric NOT NULL,
    symbol character varying(10),
    write_date timestamp(6) without time zone,
    write_uid integer
);

create table company_company (
    id integer NOT NULL,
    create_date timestamp(6) without time zone,
    create_uid integer,
    currency integer NOT NULL,
    footer text,
    header text,
    logo bytea,
    party integer NOT NULL,
    timezone character varying,
    write_date timestamp(6) without time zone,
    write_uid integer,
    cancel_invoice_out boolean DEFAULT false,
    purchase_taxes_expense boolean DEFAULT false
);

create table country_country (
    id integer NOT NULL,
    active boolean DEFAULT false,
    code character varying(2),
    code3 character varying(3),
    code_numeric character varying,
    create_date timestamp(6) without time zone,
    create_uid integer,
    name character varying NOT NULL,
    region integer,
    write_date timestamp(6) without time zone,
    write_uid integer
);

create table party_address (
    id integer NOT NULL,
    active boolean DEFAULT false,
    attn character varying,
    building_name character varying,
    building_number character varying,
    city character varying,
    country integer,
    create_date timestamp(6) without time zone,
    create_uid integer,
    floor_number character varying,
    party integer NOT NULL,
    party_name character varying,
    post_box character varying,
    post_office character varying,
    postal_code character varying,
    private_bag character varying,
    room_number character varying,
    sequence integer,
    street_name character varying,
    street_unstructured text,
    subdivision integer,
    unit_number character varying,
    write_date timestamp(6) without time zone,
    write_uid integer,
    delivery boolean DEFAULT false,
    invoice boolean DEFAULT false
);

create table sale_point (
    id integer NOT NULL,
    address integer,
    company integer NOT NULL,
    create_date timestamp(6) without time zone,
    create_uid integer,
    customer_location integer NOT NULL,
    journal integer NOT NULL,
    name character varying NOT NULL,
    return_location integer,
    sequence integer NOT NULL,
    storage_location integer NOT NULL,
    tax_included boolean DEFAULT false,
    write_date timestamp(6) without time zone,
    write_uid integer
);

create table product_template (
    id integer NOT NULL,
    active boolean DEFAULT false,
    code character varying,
    consumable boolean DEFAULT false,
    create_date timestamp(6) without time zone,
    create_uid integer,
    default_uom integer NOT NULL,
    name character varying NOT NULL,
    type character varying NOT NULL,
    write_date timestamp(6) without time zone,
    write_uid integer,
    account_category integer,
    salable boolean DEFAULT false,
    sale_uom integer
);

create table product_product (
    id integer NOT NULL,
    active boolean DEFAULT false,
    code character varying,
    create_date timestamp(6) without time zone,
    create_uid integer,
    description text,
    "position" integer,
    replaced_by integer,
    suffix_code character varying,
    template integer NOT NULL,
    write_date timestamp(6) without time zone,
    write_uid integer
);

create table sale_point_payment_method (
    id integer NOT NULL,
    account integer NOT NULL,
    active boolean DEFAULT false,
    cash boolean DEFAULT false,
    company integer NOT NULL,
    create_date timestamp(6) without time zone,
    create_uid integer,
    name character varying NOT NULL,
    write_date timestamp(6) without time zone,
    write_uid integer
);

create table sale_point_sale (
    id integer NOT NULL,
    company integer NOT NULL,
    create_date timestamp(6) without time zone,
    create_uid integer,
    date date NOT NULL,
    employee integer,
    move integer,
    number character varying,
    point integer NOT NULL,
    state character varying,
    write_date timestamp(6) without time zone,
    write_uid integer
);

create table sale_point_sale_line (
    id integer NOT NULL,
    create_date timestamp(6) without time zone,
    create_uid integer,
    product integer NOT NULL,
    quantity double precision NOT NULL,
    sale integer NOT NULL,
    unit_gross_price numeric NOT NULL,
    unit_list_price numeric NOT NULL,
    write_date timestamp(6) without time zone,
    write_uid integer
);

create table sale_point_payment (
    id integer NOT NULL,
    amount numeric,
    create_date timestamp(6) without time zone,
    create_uid integer,
    method integer NOT NULL,
    sale integer NOT NULL,
    session integer,
    write_date timestamp(6) without time zone,
    write_uid integer
);
