namespace OrleansAnalytics.Generator;

/// <summary>Names of categories in thirteen top-level groups. The first belongs to the largest category.</summary>
internal static class CategoryCodes
{
    public static readonly string[] All =
    [
        "electronics.smartphone", "computers.notebook", "electronics.clocks", "electronics.audio.headphone", "appliances.kitchen.refrigerators",
        "apparel.shoes", "electronics.video.tv", "appliances.environment.vacuum", "appliances.kitchen.washer", "furniture.bedroom.bed",
        "auto.accessories.player", "computers.desktop", "furniture.living_room.sofa", "construction.tools.drill", "kids.carriage",
        "sport.bicycle", "accessories.bag", "appliances.environment.air_heater", "apparel.shoes.keds", "electronics.tablet",
        "furniture.living_room.cabinet", "auto.accessories.alarm", "appliances.kitchen.meat_grinder", "electronics.telephone",
        "appliances.kitchen.microwave", "appliances.environment.water_heater", "electronics.audio.subwoofer", "appliances.iron",
        "appliances.kitchen.blender", "construction.tools.saw", "auto.accessories.videoregister", "computers.components.videocards",
        "appliances.environment.air_conditioner", "appliances.kitchen.oven", "appliances.sewing_machine", "kids.toys",
        "appliances.kitchen.kettle", "appliances.kitchen.hood", "computers.peripherals.monitor", "furniture.kitchen.table",
        "stationery.cartrige", "country_yard.lawn_mower", "medicine.tools.tonometer", "sport.ski", "accessories.wallet",
        "appliances.kitchen.mixer", "appliances.kitchen.grill", "construction.tools.welding", "furniture.kitchen.chair",
        "computers.peripherals.printer", "computers.components.hdd", "construction.tools.pump", "appliances.kitchen.dishwasher",
        "furniture.living_room.chair", "appliances.kitchen.hob", "construction.tools.light", "computers.peripherals.mouse",
        "apparel.shoes.sandals", "appliances.personal.hair_cutter", "computers.peripherals.keyboard", "appliances.personal.scales",
        "kids.skates", "construction.tools.generator", "electronics.audio.acoustic", "country_yard.cultivator", "sport.snowboard",
        "accessories.umbrella", "apparel.shirt", "apparel.costume", "apparel.shoes.moccasins", "auto.accessories.compressor",
        "auto.accessories.winch", "computers.components.motherboard", "computers.components.memory", "electronics.camera.video",
        "electronics.video.projector", "furniture.bathroom.bath", "furniture.universal.light", "kids.swing", "kids.dolls",
        "sport.trainer", "sport.tennis", "country_yard.watering", "appliances.kitchen.coffee_machine", "apparel.trousers",
    ];
}
