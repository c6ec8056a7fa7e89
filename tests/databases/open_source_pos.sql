-- Tables of Open Source POS, with the columns of the payloads that a real one gave, in the types of its own installation.
create table ospos_stock_locations (location_id int primary key, location_name varchar(255), deleted int not null default 0);
create table ospos_people (
    first_name varchar(255) not null, last_name varchar(255) not null, gender int(1) default null,
    phone_number varchar(255) not null, email varchar(255) not null, address_1 varchar(255) not null,
    address_2 varchar(255) not null, city varchar(255) not null, state varchar(255) not null, zip varchar(255) not null,
    country varchar(255) not null, comments text not null, person_id int primary key
);
create table ospos_customers (
    person_id int primary key, company_name varchar(255), account_number varchar(255), taxable int(1) not null default 1,
    tax_id varchar(32) not null default '', sales_tax_code_id int, package_id int, points int, deleted int(1) not null default 0,
    discount decimal(15, 2) not null default 0, discount_type tinyint not null default 0,
    date timestamp not null default current_timestamp, employee_id int not null, consent int(1) not null default 0
);
create table ospos_items (
    name varchar(255) not null, category varchar(255) not null, supplier_id int, item_number varchar(255),
    description varchar(255) not null default '', cost_price decimal(15, 2) not null, unit_price decimal(15, 2) not null,
    item_id int primary key, deleted int(1) not null default 0, stock_type tinyint not null default 0,
    item_type tinyint not null default 0
);
create table ospos_sales (
    sale_time timestamp not null default current_timestamp, customer_id int, employee_id int not null default 0,
    comment text, invoice_number varchar(32), quote_number varchar(32), sale_id int primary key,
    sale_status tinyint not null default 0, dinner_table_id int, work_order_number varchar(32),
    sale_type tinyint not null default 0
);
create table ospos_sales_items (
    sale_id int not null, item_id int not null, description varchar(255), serialnumber varchar(30), line int not null,
    quantity_purchased decimal(15, 3) not null, item_cost_price decimal(15, 2) not null,
    item_unit_price decimal(15, 2) not null, discount decimal(15, 2) not null default 0,
    discount_type tinyint not null default 0, item_location int not null, print_option tinyint not null default 0,
    primary key (sale_id, item_id, line)
);
create table ospos_sales_items_taxes (
    sale_id int not null, item_id int not null, line int not null, name varchar(255) not null, percent decimal(15, 4) not null,
    tax_type tinyint not null default 0, rounding_code tinyint not null default 0, cascade_sequence tinyint not null default 0,
    item_tax_amount decimal(15, 4) not null default 0, sales_tax_code_id int, jurisdiction_id int, tax_category_id int,
    primary key (sale_id, item_id, line, name, percent)
);
create table ospos_sales_payments (
    payment_id int primary key, sale_id int not null, payment_type varchar(40) not null,
    payment_amount decimal(15, 2) not null, cash_refund decimal(15, 2) not null default 0,
    cash_adjustment tinyint not null default 0, employee_id int, payment_time timestamp not null default current_timestamp,
    reference_code varchar(40) not null default ''
);
